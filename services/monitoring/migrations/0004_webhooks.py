"""Webhooks, and the messages on their way to them."""

from __future__ import annotations

from libs.objects.ddl import ALL, tenant_tables
from libs.pg.migrations import execute_script, read_beside
from libs.webhooks.deliveries import deliveries_ddl

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables with their policies and privileges."""
    execute_script(tenant_tables("monitoring", read_beside(__file__), {"webhooks": ALL}) + deliveries_ddl("monitoring"))
