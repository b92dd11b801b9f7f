"""Reads and writes of workflows; each function is one statement of `queries.sql`.

Every statement for requests names the tenant, and the request role's policy would keep the others out all the same.
"""

from __future__ import annotations

from pathlib import Path

from libs.pg.sql_files import SqlFile

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))
