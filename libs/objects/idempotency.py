"""Receipts of requests that create objects, written in the creating transaction itself.

Object and receipt are there together or not at all, so a key whose request failed is free again. While the first
request runs, an advisory lock of its transaction marks the key as in flight.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from libs.httpkit.idempotency import KeyInFlight, KeyReused
from libs.pg.database import Connection
from libs.pg.locks import advisory_key
from libs.pg.sql_files import SqlFile, interpolate

KEPT_FOR = timedelta(hours=24)
TABLE = "idempotency_receipts"
_sql = SqlFile.load(Path(__file__).with_name("receipts.sql"))


@dataclass(frozen=True, slots=True)
class Once:
    """A creating request's idempotency key, and the hash that a repeat must have in common with it."""

    key: str | None
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """The kept part of the answer to a creating request: ids and numbers, never secrets."""

    status: int
    response: dict[str, Any]


class IdempotencyStore:
    """Receipts in a service's own schema. Every method runs in the caller's transaction."""

    def __init__(self, service: str, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._service = service
        self._clock = clock

    async def once(
        self, conn: Connection, tenant_id: str, once: Once, create: Callable[[], Awaitable[Receipt]]
    ) -> tuple[Receipt, bool]:
        """Return the receipt of `create`, or of the earlier request with this key, and whether it is a repeat.

        Raises 409 while the first is in flight and 422 when it was another request. Without a key `create` just runs.
        """
        if once.key is None:
            return await create(), False
        if not await conn.fetchval(_sql.try_lock, self._lock(tenant_id, once.key)):
            raise KeyInFlight()
        found = await self._find(conn, tenant_id, once.key, once.request_hash)
        if found is not None:
            return found, True
        receipt = await create()
        values = (once.request_hash, receipt.status, orjson.dumps(receipt.response), self._clock())
        await conn.execute(self._in_schema(_sql.keep), tenant_id, once.key, *values)
        return receipt, False

    async def find(self, conn: Connection, tenant_id: str, once: Once) -> Receipt | None:
        """Return the receipt of an earlier request with this key; raises 422 when it was another one."""
        return None if once.key is None else await self._find(conn, tenant_id, once.key, once.request_hash)

    async def purge(self, conn: Connection) -> None:
        """Delete the receipts that need not be kept any longer."""
        await conn.execute(self._in_schema(_sql.purge), self._clock() - KEPT_FOR)

    async def _find(self, conn: Connection, tenant_id: str, key: str, request_hash: bytes) -> Receipt | None:
        row = await conn.fetchrow(self._in_schema(_sql.find), tenant_id, key, self._clock() - KEPT_FOR)
        if row is None:
            return None
        if bytes(row["body_hash"]) != request_hash:
            raise KeyReused()
        return Receipt(row["status"], orjson.loads(row["response"]))

    def _in_schema(self, statement: str) -> str:
        return interpolate(statement, schema=self._service)

    def _lock(self, tenant_id: str, key: str) -> int:
        return advisory_key("\n".join(("waymark.receipts", self._service, tenant_id, key)))
