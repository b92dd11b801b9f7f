"""Receipts of requests with events: what a repeat under the same Idempotency-Key needs to be the identical records."""

from __future__ import annotations

from libs.pg.migrations import execute_script
from libs.pg.roles import grant_tables, tenant_policies

revision = "0002"
down_revision = "0001"

_TABLE = """
CREATE TABLE event_receipts (
    tenant_id      text NOT NULL,
    key            text NOT NULL,
    body_hash      bytea NOT NULL,
    accepted_ms    bigint NOT NULL,
    actor_id       text NOT NULL,
    actor_type     text NOT NULL,
    correlation_id text,
    traceparent    text,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX event_receipts_accepted ON event_receipts (accepted_ms);
"""


def upgrade() -> None:
    """Create the table; as with the other receipts only the number store's role may touch it."""
    execute_script(
        _TABLE + tenant_policies("event_receipts", "gateway") + grant_tables(["event_receipts"], "gateway", request="")
    )
