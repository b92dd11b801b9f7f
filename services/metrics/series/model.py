"""Names of the read model of series, for those that read it and for statements over its tiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SERIES_MODEL: Final = "series"
DAYS: Final[Mapping[str, str]] = {"tiles": "tiles", "unit": "day", "unit_of": "day_of"}
QUARTERS: Final[Mapping[str, str]] = {"tiles": "quarters", "unit": "quarter", "unit_of": "quarter_of"}
"""The names of table, column and function in a statement over the tiles of days, and over those of quarter hours."""
