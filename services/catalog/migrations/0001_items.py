"""The catalog's items, one table for the three kinds, and the service's outbox."""

from __future__ import annotations

from libs.objects.ddl import WRITE, objects_ddl
from libs.pg.migrations import execute_script, read_beside

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables with their policies and privileges."""
    execute_script(objects_ddl("catalog", read_beside(__file__), {"items": WRITE}))
