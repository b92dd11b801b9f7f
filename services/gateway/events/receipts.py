"""Receipts of requests with events: under one Idempotency-Key the first request's context holds for its repeats.

A repeat is appended again as the identical records, so the outcome of the first need not be known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import msgspec

from libs.contracts.paths import GATEWAY
from libs.pg.roles import projector_role, request_role
from libs.pg.sql_files import SqlFile
from services.gateway.events.model import RequestContext
from services.gateway.numbering.connections import Connections, gateway_connections
from services.gateway.numbering.numbers import RECEIPTS_KEPT_MS, NumbersUnavailable
from services.gateway.numbering.purging import Purge

sql = SqlFile.load(Path(__file__).with_name("queries.sql"))


class EventReceipts(Protocol):
    """Keeps receipts for 24 hours."""

    async def keep(self, context: RequestContext, body_hash: bytes) -> tuple[RequestContext, bytes]:
        """Return the context and body hash that hold for the context's key: those of its first request, or these.

        The context kept was accepted by the store's clock. Raises NumbersUnavailable.
        """
        ...


class PgEventReceipts:
    """Receipts in schema `gateway`: each is its tenant's to requests; those that are past their time are removed."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._requests = gateway_connections(url, request_role(GATEWAY), timeout_s=timeout_s)
        self._keeping = gateway_connections(url, projector_role(GATEWAY), timeout_s=timeout_s)
        self._purging = Purge("purge of event receipts", self.purge)

    async def start(self) -> None:
        """Begin to remove old receipts."""
        await self._purging.start()

    async def stop(self) -> None:
        """End, and close the connections."""
        await self._purging.stop()
        await self._requests.close()
        await self._keeping.close()

    async def check(self) -> str | None:
        """Return None while old receipts are removed, else the reason."""
        return await self._purging.check()

    async def keep(self, context: RequestContext, body_hash: bytes) -> tuple[RequestContext, bytes]:
        sender = (context.actor_id, context.actor_type, context.correlation_id, context.traceparent)
        own = partial(_run, self._requests, {context.tenant_id})
        key = (context.tenant_id, context.idempotency_key)
        rows = await own(sql.keep_receipt, *key, body_hash, *sender, RECEIPTS_KEPT_MS)
        rows = rows or await own(sql.find_receipt, *key)
        if not rows:
            raise NumbersUnavailable("a receipt was removed meanwhile")
        return _kept(context, rows[0]), bytes(rows[0]["body_hash"])

    async def purge(self, limit: int) -> int:
        """Remove up to `limit` old receipts, and return how many. Raises NumbersUnavailable."""
        return len(await _run(self._keeping, (), sql.purge_receipts, RECEIPTS_KEPT_MS, limit))


async def _run(connections: Connections, tenants: Collection[str], statement: str, *arguments: object) -> list[Any]:
    async with connections.statement(tenants) as conn:
        return await conn.fetch(statement, *arguments)


def _kept(context: RequestContext, row: Mapping[str, Any]) -> RequestContext:
    return msgspec.structs.replace(
        context,
        accepted_ms=row["accepted_ms"],
        actor_id=row["actor_id"],
        actor_type=row["actor_type"],
        correlation_id=row["correlation_id"],
        traceparent=row["traceparent"],
    )
