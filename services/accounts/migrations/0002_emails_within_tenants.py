"""E-mails unique within a tenant alone."""

from __future__ import annotations

from libs.pg.migrations import execute_script, read_beside

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Put a key that the tenant leads in the place of the one over all tenants; rows that satisfied that satisfy it."""
    execute_script(read_beside(__file__))
