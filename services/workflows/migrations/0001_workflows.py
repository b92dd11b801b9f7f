"""Workflows with their versions, own task types, providers and integrations, and what executors and matcher note."""

from __future__ import annotations

from libs.objects.ddl import ADD, ALL, NOTHING, READ, WRITE, objects_ddl, versions_ddl
from libs.pg.migrations import execute_script, read_beside
from libs.pg.roles import grant_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables with their policies and privileges."""
    rights = {"definitions": WRITE, "version_heads": ADD, "task_types": ALL, "accounts": ALL}
    execute_script(
        objects_ddl("workflows", read_beside(__file__), rights)
        + versions_ddl("workflows")
        + grant_tables(["workflows.executors"], "workflows", projector=ALL, request=READ)
        + grant_tables(["workflows.matcher_positions"], "workflows", projector=WRITE, request=NOTHING)
    )
