"""Alert rules and the history of their states."""

from __future__ import annotations

from libs.objects.ddl import ALL, tenant_tables
from libs.pg.migrations import execute_script, read_beside

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables with their policies and privileges."""
    rights = {"alert_rules": ALL, "alert_history": "SELECT, INSERT, DELETE"}
    execute_script(tenant_tables("monitoring", read_beside(__file__), rights))
