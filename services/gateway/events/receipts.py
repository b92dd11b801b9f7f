"""Receipts of requests with events: under one Idempotency-Key the first request's origin holds for its repeats.

A repeat is appended again as the identical records, so nothing has to be known of what became of the first.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from libs.pg.roles import projector_role
from libs.pg.sql_files import SqlFile
from services.gateway.events.model import Origin
from services.gateway.numbering.connections import Connections
from services.gateway.numbering.numbers import RECEIPTS_KEPT_MS, NumbersUnavailable

PURGE_INTERVAL_S = 60.0
_PURGE_ROWS = 5_000
sql = SqlFile.load(Path(__file__).with_name("queries.sql"))


class EventReceipts(Protocol):
    """Keeps receipts for 24 hours."""

    async def keep(self, origin: Origin, body_hash: bytes) -> tuple[Origin, bytes]:
        """The origin and body hash that hold for the origin's key: those of its first request, or these.

        The origin kept says when it was accepted by the store's clock. Raises NumbersUnavailable.
        """
        ...


class PgEventReceipts:
    """Receipts in schema `gateway`, under the projector role; a task removes those that are past their time."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        role = projector_role("gateway")
        self._connections = Connections(url, role=role, application_name="waymark-gateway", timeout_s=timeout_s)
        self._purging: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to remove old receipts."""
        self._purging = asyncio.create_task(self._purge_for_ever(), name="gateway: event receipts")

    async def stop(self) -> None:
        """End, and close the connections."""
        if self._purging is not None:
            self._purging.cancel()
            await asyncio.wait({self._purging})
        await self._connections.close()

    async def keep(self, origin: Origin, body_hash: bytes) -> tuple[Origin, bytes]:
        """As the protocol says."""
        said = (origin.actor_id, origin.actor_type, origin.correlation_id, origin.traceparent)
        key = (origin.tenant_id, origin.idempotency_key)
        rows = await self._run(sql.keep_receipt, *key, body_hash, *said, RECEIPTS_KEPT_MS)
        rows = rows or await self._run(sql.find_receipt, *key)
        if not rows:
            raise NumbersUnavailable("a receipt was removed meanwhile")
        return _origin(origin, rows[0]), bytes(rows[0]["body_hash"])

    async def purge(self) -> int:
        """Remove a bounded number of old receipts, and say how many. Raises NumbersUnavailable."""
        return len(await self._run(sql.purge_receipts, RECEIPTS_KEPT_MS, _PURGE_ROWS))

    async def _purge_for_ever(self) -> None:
        while True:
            with contextlib.suppress(NumbersUnavailable):
                if await self.purge() == _PURGE_ROWS:
                    continue
            await asyncio.sleep(PURGE_INTERVAL_S)

    async def _run(self, statement: str, *arguments: object) -> list[Any]:
        async with self._connections.statement() as conn:
            with conn.watch() as raw:
                return await raw.fetch(statement, *arguments)


def _origin(asked: Origin, row: Mapping[str, Any]) -> Origin:
    return msgspec.structs.replace(
        asked,
        accepted_ms=row["accepted_ms"],
        actor_id=row["actor_id"],
        actor_type=row["actor_type"],
        correlation_id=row["correlation_id"],
        traceparent=row["traceparent"],
    )
