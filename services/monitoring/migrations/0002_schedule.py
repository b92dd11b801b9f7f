"""The schedule: what monitoring has to do, and from when on."""

from __future__ import annotations

from libs.pg.migrations import execute_script
from libs.schedule.schedule import schedule_ddl

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table with its policies and privileges."""
    execute_script(schedule_ddl("monitoring"))
