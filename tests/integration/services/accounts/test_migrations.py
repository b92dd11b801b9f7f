"""Accounts' migrations over the rows of an earlier version."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from libs.pg.database import Connection, connect_once
from libs.service.setup import setup_service
from services.accounts.service import SERVICE

ANN = "ann@example.com"


async def add_user(conn: Connection, tenant_id: str, email: str) -> None:
    await conn.execute(
        "INSERT INTO accounts.users (tenant_id, user_id, email, email_folded, password_hash, roles, status, version,"
        " created_at, modified_at) VALUES ($1, $2, $3, $3, '', '{admin}', 'active', 1, now(), now())",
        *(tenant_id, uuid.uuid4(), email),
    )


async def test_emails_that_were_unique_over_tenants_become_free_in_others(database_url: str, tmp_path: Path) -> None:
    assert SERVICE.migrations is not None
    for path in SERVICE.migrations.glob("0001_*"):
        shutil.copy(path, tmp_path)
    await setup_service(replace(SERVICE, migrations=tmp_path), database_url)
    conn = await connect_once(database_url, application_name="test")
    try:
        await conn.execute(
            "INSERT INTO accounts.tenants SELECT id, 'active', 1, now(), now() FROM unnest('{one,two}'::text[]) AS id"
        )
        await add_user(conn, "one", ANN)
        await add_user(conn, "two", "bob@example.com")
        with pytest.raises(asyncpg.UniqueViolationError):
            await add_user(conn, "two", ANN)
        before = await conn.fetch("SELECT * FROM accounts.users ORDER BY user_id")

        await setup_service(SERVICE, database_url)

        assert await conn.fetch("SELECT * FROM accounts.users ORDER BY user_id") == before
        await add_user(conn, "two", ANN)
        with pytest.raises(asyncpg.UniqueViolationError):
            await add_user(conn, "two", ANN)
    finally:
        await conn.close()
