"""Tells which version runs."""

from __future__ import annotations

import platform
from importlib.metadata import version

from libs.telemetry.metrics import BUILD_INFO


def declare_build() -> None:
    """Set `waymark_build_info` of this process."""
    BUILD_INFO.labels(version("waymark"), platform.python_version()).set(1)
