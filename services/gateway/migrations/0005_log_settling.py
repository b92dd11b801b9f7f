"""Since when records of numbers that an older store gave may still come."""

from __future__ import annotations

from libs.pg.migrations import execute_script
from libs.pg.roles import grant_tables

revision = "0005"
down_revision = "0004"

_TABLES = """
CREATE TABLE log_settling (
    log_id            text PRIMARY KEY,
    server_started_at timestamptz NOT NULL,
    raised_at         timestamptz
);
"""


def upgrade() -> None:
    """Create the table, which is the number store's alone."""
    execute_script(_TABLES + grant_tables(["log_settling"], "gateway", request=""))
