"""The gate's name among the service's consumers."""

from __future__ import annotations

from typing import Final

GATE: Final = "gate"
