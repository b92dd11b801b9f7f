"""The named statements of the PostgreSQL log, loaded once, and how the server is to plan them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from libs.pg.sql_files import SqlFile

SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))

PLANNED_ONCE: Final[Mapping[str, str]] = {"plan_cache_mode": "force_generic_plan"}
"""The setting of the log's connections: planning takes longer than a look or an append, and one plan serves."""
