"""Definitions of behavioural metrics with their versions, what they are computed from, their values, runs and rules."""

from __future__ import annotations

from libs.objects.ddl import ALL, READ, WRITE, objects_ddl, versions_ddl
from libs.pg.migrations import execute_script, read_beside
from libs.pg.roles import grant_tables
from libs.schedule.schedule import schedule_ddl

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables with their policies and privileges."""
    rights = {"definitions": ALL, "series": WRITE, "editions": WRITE, "runs": ALL, "rules": ALL, "metric_values": READ}
    changes = "SELECT, UPDATE"
    execute_script(
        objects_ddl("metrics", read_beside(__file__), rights)
        + versions_ddl("metrics")
        + grant_tables(["metrics.definition_changes"], "metrics", projector=changes, request=changes)
        + schedule_ddl("metrics")
    )
