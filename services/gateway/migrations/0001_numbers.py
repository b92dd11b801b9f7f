"""Counters, reservations, gateway leases and receipts."""

from __future__ import annotations

from libs.pg.migrations import execute_script
from libs.pg.roles import grant_schema, grant_tables, tenant_policies

revision = "0001"
down_revision = None

_TABLES = """
CREATE TABLE counters (
    tenant_id       text PRIMARY KEY,
    last_number     bigint NOT NULL,
    last_created_ms bigint NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE leases (
    gateway_id uuid PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

CREATE TABLE reservations (
    tenant_id    text NOT NULL,
    first_number bigint NOT NULL,
    last_number  bigint NOT NULL,
    gateway_id   uuid NOT NULL,
    created_ms   bigint NOT NULL,
    log_floor    bigint[] NOT NULL,
    PRIMARY KEY (tenant_id, first_number)
);
CREATE INDEX reservations_gateway ON reservations (gateway_id);

CREATE TABLE receipts (
    tenant_id      text NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('key', 'id')),
    value          text NOT NULL,
    item           int NOT NULL,
    body_hash      bytea,
    interaction_id uuid NOT NULL,
    number         bigint NOT NULL,
    uow_id         text NOT NULL,
    created_ms     bigint NOT NULL,
    gateway_id     uuid,
    partition      int,
    next_offset    bigint,
    PRIMARY KEY (tenant_id, kind, value, item)
);
CREATE INDEX receipts_created ON receipts (created_ms);
"""
_TENANT_TABLES = ("counters", "reservations", "receipts")


def upgrade() -> None:
    """Create the tables; only the number store's role may touch them, requests have no business here."""
    execute_script(
        grant_schema("gateway", "gateway")
        + _TABLES
        + "".join(tenant_policies(table, "gateway") for table in _TENANT_TABLES)
        + grant_tables([*_TENANT_TABLES, "leases"], "gateway", request="")
    )
