"""Receipts of requests with events: under one Idempotency-Key the first request's origin holds for its repeats.

A repeat is appended again as the identical records, so nothing has to be known of what became of the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from libs.pg.roles import projector_role
from libs.pg.sql_files import SqlFile
from services.gateway.events.model import Origin
from services.gateway.numbering.connections import Connections
from services.gateway.numbering.numbers import RECEIPTS_KEPT_MS, NumbersUnavailable
from services.gateway.numbering.purging import Purge

sql = SqlFile.load(Path(__file__).with_name("queries.sql"))


class EventReceipts(Protocol):
    """Keeps receipts for 24 hours."""

    async def keep(self, origin: Origin, body_hash: bytes) -> tuple[Origin, bytes]:
        """The origin and body hash that hold for the origin's key: those of its first request, or these.

        The origin kept says when it was accepted by the store's clock. Raises NumbersUnavailable.
        """
        ...


class PgEventReceipts:
    """Receipts in schema `gateway`, under the projector role; those that are past their time are removed."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        role = projector_role("gateway")
        self._connections = Connections(url, role=role, application_name="waymark-gateway", timeout_s=timeout_s)
        self._purging = Purge("purge of event receipts", self.purge)

    async def start(self) -> None:
        """Begin to remove old receipts."""
        await self._purging.start()

    async def stop(self) -> None:
        """End, and close the connections."""
        await self._purging.stop()
        await self._connections.close()

    async def check(self) -> str | None:
        """Return None while old receipts are removed, else the reason."""
        return await self._purging.check()

    async def keep(self, origin: Origin, body_hash: bytes) -> tuple[Origin, bytes]:
        """As the protocol says."""
        said = (origin.actor_id, origin.actor_type, origin.correlation_id, origin.traceparent)
        key = (origin.tenant_id, origin.idempotency_key)
        rows = await self._run(sql.keep_receipt, *key, body_hash, *said, RECEIPTS_KEPT_MS)
        rows = rows or await self._run(sql.find_receipt, *key)
        if not rows:
            raise NumbersUnavailable("a receipt was removed meanwhile")
        return _origin(origin, rows[0]), bytes(rows[0]["body_hash"])

    async def purge(self, limit: int) -> int:
        """Remove up to `limit` old receipts, and return how many. Raises NumbersUnavailable."""
        return len(await self._run(sql.purge_receipts, RECEIPTS_KEPT_MS, limit))

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
