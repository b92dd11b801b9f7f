"""The catalog's items, one table for the three kinds, and the service's outbox."""

from __future__ import annotations

from libs.objects.idempotency import TABLE, TABLE_DDL
from libs.objects.outbox import outbox_ddl
from libs.pg.migrations import execute_script
from libs.pg.roles import grant_schema, grant_tables, tenant_policies

revision = "0001"
down_revision = None

_TABLES = """
CREATE TABLE items (
    tenant_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('resource_type', 'action', 'origin')),
    item_id uuid NOT NULL,
    title text NOT NULL,
    mnemonic text NOT NULL,
    mnemonic_folded text NOT NULL GENERATED ALWAYS AS (lower(mnemonic COLLATE "C")) STORED,
    description text,
    icon text,
    font_color_hex text,
    bg_color_hex text,
    is_system boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (tenant_id, kind, item_id),
    CONSTRAINT mnemonic_is_unique UNIQUE (tenant_id, kind, mnemonic_folded)
);
"""


def upgrade() -> None:
    """Create the tables with their policies and privileges."""
    execute_script(
        grant_schema("catalog", "catalog")
        + _TABLES
        + TABLE_DDL.format(schema="catalog")
        + tenant_policies("items", "catalog")
        + tenant_policies(TABLE, "catalog")
        + grant_tables(["items", TABLE], "catalog", request="SELECT, INSERT, UPDATE")
        + outbox_ddl("catalog")
    )
