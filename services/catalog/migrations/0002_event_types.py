"""Event types that have a schema, and the schemas' versions."""

from __future__ import annotations

from libs.objects.ddl import ADD, WRITE, tenant_tables
from libs.pg.migrations import execute_script, read_beside

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables with their policies and privileges."""
    rights = {"event_types": WRITE, "event_type_schemas": ADD}
    execute_script(tenant_tables("catalog", read_beside(__file__), rights))
