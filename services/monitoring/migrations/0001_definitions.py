"""Definitions of critical interactions with their versions, the service's outbox, and how far all is decided."""

from __future__ import annotations

from libs.objects.ddl import ADD, WRITE, objects_ddl, versions_ddl
from libs.pg.migrations import execute_script, read_beside
from libs.pg.roles import grant_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables with their policies and privileges."""
    rights = {"critical_interactions": WRITE, "version_revisions": ADD}
    changes = "SELECT, UPDATE"
    execute_script(
        objects_ddl("monitoring", read_beside(__file__), rights)
        + versions_ddl("monitoring")
        + grant_tables(["monitoring.definition_changes"], "monitoring", projector=changes, request=changes)
        + grant_tables(["monitoring.decided"], "monitoring", projector=changes)
    )
