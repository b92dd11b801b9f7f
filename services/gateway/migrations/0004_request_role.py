"""Numbers and receipts under the role of requests, which sees the tenants of the requests at hand."""

from __future__ import annotations

from libs.pg.migrations import execute_script
from libs.pg.roles import grant_tables, group_policy

revision = "0004"
down_revision = "0003"

_TABLES = ("counters", "reservations", "receipts", "event_receipts")


def upgrade() -> None:
    """Let requests take numbers and keep receipts. A lease is nobody's: whoever reserves holds its row."""
    execute_script(
        "".join(group_policy(table, "gateway") for table in _TABLES)
        + grant_tables(
            ["counters", "receipts", "event_receipts"], "gateway", projector="", request="SELECT, INSERT, UPDATE"
        )
        + grant_tables(["reservations"], "gateway", projector="", request="SELECT, INSERT, DELETE")
        + grant_tables(["leases"], "gateway", projector="", request="SELECT, UPDATE (expires_at)")
    )
