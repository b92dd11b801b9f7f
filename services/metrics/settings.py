"""The settings of metrics, read once from `WAYMARK_*`."""

from __future__ import annotations

from libs.service.settings import ServiceSettings


class MetricsSettings(ServiceSettings):
    """The settings of every service."""
