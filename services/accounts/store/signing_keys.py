"""Reads and writes of the signing keys; each method is one statement of `signing_keys.sql` (projector role)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from libs.contracts import credentials
from libs.contracts.times import optional_from_ms
from libs.objects.kinds import OnLog
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile

QUERIES = SqlFile.load(Path(__file__).with_name("signing_keys.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSigningKey:
    """A key pair: the public half as a JWK, the private one encrypted. Trusted until `retired_at`."""

    key_id: str
    algorithm: str
    public_jwk: dict[str, Any]
    private_encrypted: bytes
    version: int
    not_before: datetime
    retired_at: datetime | None = None


async def insert_signing_key(conn: Connection, key: StoredSigningKey) -> None:
    """Keep a new key."""
    values = (key.key_id, key.algorithm, key.public_jwk, key.private_encrypted, key.not_before)
    await conn.execute(QUERIES.insert_signing_key, *values)


async def every_signing_key(conn: Connection) -> AsyncIterator[StoredSigningKey]:
    """Yield all keys, newest first, by a cursor in the caller's transaction."""
    async for row in conn.cursor(QUERIES.every_signing_key):
        yield _signing_key(row)


async def list_signing_keys(conn: Connection) -> Sequence[StoredSigningKey]:
    """Return all keys, newest first."""
    return [_signing_key(row) for row in await conn.fetch(QUERIES.every_signing_key)]


async def lock_signing_key(conn: Connection, key: StoredSigningKey) -> StoredSigningKey | None:
    """Hold the key against other writers until the transaction ends, and return it as it is now."""
    row = await conn.fetchrow(QUERIES.lock_signing_key, key.key_id)
    return None if row is None else _signing_key(row)


async def retire_signing_key(conn: Connection, key_id: str, *, at: datetime) -> StoredSigningKey | None:
    """Let the key be trusted until `at` and return it; None when it was retired before."""
    row = await conn.fetchrow(QUERIES.retire_signing_key, key_id, at)
    return None if row is None else _signing_key(row)


async def encrypt_signing_key(conn: Connection, key_id: str, private_encrypted: bytes) -> None:
    """Put the private half, encrypted anew, in place."""
    await conn.execute(QUERIES.encrypt_signing_key, key_id, private_encrypted)


async def take_up_signing_keys(conn: Connection, found: Sequence[OnLog[credentials.SigningKey]]) -> int:
    """Retire keys as records say where they are in an older version; return how many."""
    rows = [(one.record.id, optional_from_ms(one.record.retired_at_ms), one.record.version) for one in found]
    return len(await conn.fetch(QUERIES.take_up_signing_keys, *as_columns(rows)))


def _signing_key(row: Row) -> StoredSigningKey:
    return StoredSigningKey(**dict(row))
