"""The position up to which the log was read for given numbers, and the server's start that a lease was taken in."""

from __future__ import annotations

from libs.pg.migrations import execute_script
from libs.pg.roles import grant_tables

revision = "0003"
down_revision = "0002"

_TABLES = """
CREATE TABLE log_ends (
    log_id      text NOT NULL,
    partition   int NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (log_id, partition)
) WITH (fillfactor = 50);
ALTER TABLE leases ADD COLUMN server_started_at timestamptz NOT NULL DEFAULT pg_postmaster_start_time();
"""


def upgrade() -> None:
    """Create the table; as with the counters only the number store's role may touch it."""
    execute_script(_TABLES + grant_tables(["log_ends"], "gateway", request=""))
