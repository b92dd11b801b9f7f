"""Unique keys hold within a tenant: one over all tenants would refuse what another has, and so tell of it."""

from __future__ import annotations

from libs.pg.database import connect_once
from tests.support.check_sql import migrate_everything
from tests.support.postgres import TestServer

SECRETS = {"accounts.api_keys.hash_is_unique", "accounts.refresh_tokens.token_hash_is_unique"}
"""Keys over hashes of 256 random bits, which nobody can choose."""

WIDER_THAN_A_TENANT = """
SELECT format('%s.%s.%s', t.relnamespace::regnamespace, t.relname, x.relname) AS name
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_attribute tenant ON tenant.attrelid = t.oid AND tenant.attname = 'tenant_id' AND tenant.attnum > 0
WHERE i.indisunique AND t.relrowsecurity AND NOT tenant.attnum = ANY (i.indkey::smallint[])
  AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = x.oid AND attname = 'offset')
"""
"""The unique keys of tenants' tables without the tenant; a place in the log is nobody's to choose."""


async def test_no_unique_key_reaches_over_tenants(postgres_server: TestServer) -> None:
    template = await postgres_server.template("everything", migrate_everything)
    async with postgres_server.database(template=template) as url:
        conn = await connect_once(url, application_name="test")
        try:
            names = {row["name"] for row in await conn.fetch(WIDER_THAN_A_TENANT)}
        finally:
            await conn.close()
    assert names == SECRETS
