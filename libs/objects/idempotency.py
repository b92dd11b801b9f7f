"""Receipts of requests that create objects, written in the creating transaction itself.

Object and receipt are there together or not at all, so a key whose request failed is free again. While the first
request runs, an advisory lock of its transaction marks the key as in flight.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from libs.httpkit.idempotency import in_flight, other_body
from libs.pg.database import Connection

KEPT_FOR = timedelta(hours=24)
TABLE = "idempotency_receipts"

TABLE_DDL = """
CREATE TABLE {schema}.idempotency_receipts (
    tenant_id  text        NOT NULL,
    key        text        NOT NULL,
    body_hash  bytea       NOT NULL,
    status     smallint    NOT NULL,
    response   bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_receipts_created_at ON {schema}.idempotency_receipts (created_at);
"""
"""For a service's migration, with `{schema}` filled in; row-level security is added as for any tenant table."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a creating request was answered, as far as it is kept: ids and numbers, never secrets."""

    status: int
    response: dict[str, Any]


class IdempotencyStore:
    """Receipts in a service's own schema. Every method runs in the caller's transaction."""

    def __init__(self, schema: str, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._table = f"{schema}.{TABLE}"
        self._clock = clock

    async def once(
        self,
        conn: Connection,
        tenant_id: str,
        key: str | None,
        request_hash: bytes,
        create: Callable[[], Awaitable[Receipt]],
    ) -> tuple[Receipt, bool]:
        """The receipt of `create`, or of the earlier request with this key, and whether it is a repeat.

        Raises 409 while the first is in flight and 422 when it was another request. Without a key `create` just runs.
        """
        if key is None:
            return await create(), False
        if not await conn.fetchval("SELECT pg_try_advisory_xact_lock($1)", self._lock_id(tenant_id, key)):
            raise in_flight()
        found = await self._find(conn, tenant_id, key, request_hash)
        if found is not None:
            return found, True
        receipt = await create()
        await conn.execute(
            f"INSERT INTO {self._table} (tenant_id, key, body_hash, status, response, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, key) DO UPDATE SET"
            " body_hash = EXCLUDED.body_hash, status = EXCLUDED.status, response = EXCLUDED.response,"
            " created_at = EXCLUDED.created_at",
            *(tenant_id, key, request_hash, receipt.status, orjson.dumps(receipt.response), self._clock()),
        )
        return receipt, False

    async def purge(self, conn: Connection) -> None:
        """Deletes the receipts that need not be kept any longer."""
        await conn.execute(f"DELETE FROM {self._table} WHERE created_at < $1", self._clock() - KEPT_FOR)

    async def _find(self, conn: Connection, tenant_id: str, key: str, request_hash: bytes) -> Receipt | None:
        row = await conn.fetchrow(
            f"SELECT body_hash, status, response FROM {self._table}"
            " WHERE tenant_id = $1 AND key = $2 AND created_at >= $3",
            *(tenant_id, key, self._clock() - KEPT_FOR),
        )
        if row is None:
            return None
        if bytes(row["body_hash"]) != request_hash:
            raise other_body()
        return Receipt(row["status"], orjson.loads(row["response"]))

    def _lock_id(self, tenant_id: str, key: str) -> int:
        digest = hashlib.sha256("\n".join((self._table, tenant_id, key)).encode()).digest()
        return int.from_bytes(digest[:8], signed=True)
