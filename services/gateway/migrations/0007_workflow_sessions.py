"""Sessions of workflows as the gateway follows them, to record their tasks."""

from __future__ import annotations

from libs.pg.migrations import execute_script
from libs.pg.roles import grant_tables, tenant_policies

revision = "0007"
down_revision = "0006"

_TABLE = """
-- Sessions that are open or may be retried; `state` is what is known of one (workflow_tasks/model.py).
CREATE TABLE workflow_sessions (
    tenant_id  text NOT NULL,
    session_id uuid NOT NULL,
    state      bytea NOT NULL,
    PRIMARY KEY (tenant_id, session_id)
);
"""


def upgrade() -> None:
    """Create the table; requests have no business with it."""
    execute_script(
        _TABLE
        + tenant_policies("workflow_sessions", "gateway")
        + grant_tables(["workflow_sessions"], "gateway", request="")
    )
