"""Reads and writes of API keys; each is one statement of `api_keys.sql`. Only hashes are ever stored."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from libs.auth.keys import NewKey
from libs.contracts import credentials
from libs.contracts.events import SYSTEM
from libs.contracts.times import from_ms, optional_from_ms
from libs.objects.kinds import OnLog
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.accounts.model import KeyDraft, StoredKey

QUERIES = SqlFile.load(Path(__file__).with_name("api_keys.sql"))


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key of a tenant was used then."""

    tenant_id: str
    key_id: uuid.UUID
    used_at: datetime


async def insert_key(
    conn: Connection,
    tenant_id: str,
    key_id: uuid.UUID,
    new: NewKey,
    draft: KeyDraft,
    *,
    created_by: str,
    at: datetime,
) -> StoredKey:
    """Insert a key and return it."""
    row = await conn.fetchrow(
        QUERIES.insert_key,
        *(tenant_id, key_id, new.prefix, new.hash, draft.label, list(draft.roles)),
        *(draft.rate_limit_per_minute, created_by, at, draft.expires_at),
    )
    assert row is not None
    return _key(row)


async def get_key(conn: Connection, tenant_id: str, key_id: uuid.UUID) -> StoredKey | None:
    """Return the key, revoked or not."""
    row = await conn.fetchrow(QUERIES.get_key, tenant_id, key_id)
    return None if row is None else _key(row)


async def lock_key(conn: Connection, key: StoredKey) -> StoredKey | None:
    """Hold the key against other writers until the transaction ends, and return it as it is now."""
    row = await conn.fetchrow(QUERIES.lock_key, key.tenant_id, key.key_id)
    return None if row is None else _key(row)


async def find_key(conn: Connection, key_hash: str) -> tuple[StoredKey, bool] | None:
    """Return the key of a hash, in any tenant, and whether that tenant is active (projector role)."""
    row = await conn.fetchrow(QUERIES.find_key, key_hash)
    if row is None:
        return None
    values: dict[str, Any] = dict(row)
    is_active: bool = values.pop("tenant_is_active")
    return _key(values), is_active


async def revoke_key(conn: Connection, tenant_id: str, key_id: uuid.UUID, *, at: datetime) -> StoredKey | None:
    """Revoke the key and return it; None when there is no such key, or it is revoked already."""
    row = await conn.fetchrow(QUERIES.revoke_key, tenant_id, key_id, at)
    return None if row is None else _key(row)


async def note_uses(conn: Connection, uses: Sequence[KeyUse]) -> None:
    """Move the last use of keys forward (projector role)."""
    columns = ([use.tenant_id for use in uses], [use.key_id for use in uses], [use.used_at for use in uses])
    await conn.execute(QUERIES.note_uses, *columns)


async def list_keys(conn: Connection, tenant_id: str, *, limit: int, offset: int) -> Sequence[StoredKey]:
    """Return a page of the tenant's keys, newest first."""
    return [_key(row) for row in await conn.fetch(QUERIES.list_keys, tenant_id, limit, offset)]


async def count_keys(conn: Connection, tenant_id: str) -> int:
    """Return how many keys the tenant has, revoked ones too."""
    count: int = await conn.fetchval(QUERIES.count_keys, tenant_id)
    return count


async def every_key(conn: Connection) -> AsyncIterator[StoredKey]:
    """Yield all keys of all tenants (projector role), by a cursor in the caller's transaction."""
    async for row in conn.cursor(QUERIES.every_key, prefetch=500):
        yield _key(row)


async def take_up_keys(conn: Connection, found: Sequence[OnLog[credentials.ApiKey]]) -> int:
    """Make keys as records have them, where there is none or an older version; return how many.

    Who made a key, and when, stands in no record.
    """
    rows = [_row_of(one.record, from_ms(one.timestamp_ms)) for one in found]
    return len(await conn.fetch(QUERIES.take_up_keys, *as_columns(rows), SYSTEM.id))


def _row_of(key: credentials.ApiKey, written_at: datetime) -> tuple[object, ...]:
    return (
        *(key.tenant_id, uuid.UUID(key.id), key.prefix, key.hash, key.label, ",".join(key.roles)),
        *(key.rate_limit_per_minute, key.version, written_at),
        *(optional_from_ms(key.expires_at_ms), optional_from_ms(key.revoked_at_ms)),
    )


def _key(row: Row | dict[str, Any]) -> StoredKey:
    values = dict(row)
    return StoredKey(**{**values, "roles": tuple(values["roles"])})
