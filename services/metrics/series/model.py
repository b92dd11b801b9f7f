"""The name of the read model of series, for those that read it."""

from __future__ import annotations

from typing import Final

SERIES_MODEL: Final = "series"
