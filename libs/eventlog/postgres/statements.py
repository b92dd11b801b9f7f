"""The named statements of the PostgreSQL log, loaded once."""

from __future__ import annotations

from pathlib import Path

from libs.pg.sql_files import SqlFile

SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))
