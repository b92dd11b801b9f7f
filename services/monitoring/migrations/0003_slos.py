"""Service level objectives."""

from __future__ import annotations

from libs.objects.ddl import ALL, tenant_tables
from libs.pg.migrations import execute_script, read_beside

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table with its policies and privileges."""
    execute_script(tenant_tables("monitoring", read_beside(__file__), {"slos": ALL}))
