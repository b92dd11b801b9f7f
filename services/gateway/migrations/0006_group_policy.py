"""The tenants of the requests at hand, worked out once a statement and not once a row."""

from __future__ import annotations

from libs.pg.migrations import execute_script
from libs.pg.roles import group_policy

revision = "0006"
down_revision = "0005"

_TABLES = ("counters", "reservations", "receipts", "event_receipts")


def upgrade() -> None:
    """Make the policies anew; requests see the same rows as before."""
    execute_script("".join(group_policy(table, "gateway", replaced="own_tenants") for table in _TABLES))
