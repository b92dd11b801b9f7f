"""The function that filters on senders' JSON compare with, whatever generation of the history serves."""

from __future__ import annotations

from libs.pg.migrations import execute_script, read_beside

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the function."""
    execute_script(read_beside(__file__))
