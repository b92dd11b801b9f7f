"""Writes as requests make them: one transaction of the caller's tenant, then a bounded wait for its records in the log.

Requests run as the request role, which sees the caller's tenant alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from libs.contracts.events import Cause
from libs.eventlog.port import Positions
from libs.objects.changes import Change, Changes
from libs.objects.idempotency import IdempotencyStore, Once, Receipt
from libs.objects.kinds import ObjectKind
from libs.objects.outbox import Relay
from libs.pg.database import Connection, Database

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_CREATED = 201


@dataclass(frozen=True, slots=True)
class Written(Generic[T_co]):
    """The result of a write. `positions` is None when nothing changed or the log was slower than the request waits.

    `is_repeat`: an earlier request with the same idempotency key made the object.
    """

    result: T_co
    positions: Positions | None
    is_repeat: bool = False


class Writes:
    """Changes objects for requests; `db` connects as the request role."""

    def __init__(self, db: Database, relay: Relay, receipts: IdempotencyStore, changes: Changes | None = None) -> None:
        self._db = db
        self._relay = relay
        self._receipts = receipts
        self._changes = changes or Changes()

    async def change(self, tenant_id: str, cause: Cause, work: Callable[[Change], Awaitable[T]]) -> Written[T]:
        """Run `work` in a transaction of the tenant and return its result."""
        async with self._db.tenant_transaction(tenant_id) as conn:
            change = self._changes.begin(conn, tenant_id, cause)
            result = await work(change)
        return Written(result, await self._positions(change.outbox_ids))

    async def create(
        self,
        kind: ObjectKind[T],
        tenant_id: str,
        cause: Cause,
        once: Once,
        create: Callable[[Change], Awaitable[T]],
        find: Callable[[Connection, str], Awaitable[T]],
    ) -> Written[T]:
        """Create an object, or `find` by its id the one that an earlier request with the same key created.

        Raises as `once`.
        """
        return await self.once(tenant_id, cause, once, create, lambda made: kind.identify(made).id, find)

    async def once(
        self,
        tenant_id: str,
        cause: Cause,
        once: Once,
        work: Callable[[Change], Awaitable[T]],
        identify: Callable[[T], str],
        find: Callable[[Connection, str], Awaitable[T]],
    ) -> Written[T]:
        """Run `work` in a transaction of the tenant, or `find` by its id what an earlier request with the key made.

        Raises 409 while that request is in flight, 422 when it was another one.
        """
        made: T | None = None

        async def insert() -> Receipt:
            nonlocal made
            made = await work(change)
            return Receipt(_CREATED, {"id": identify(made), "outboxIds": change.outbox_ids})

        async with self._db.tenant_transaction(tenant_id) as conn:
            change = self._changes.begin(conn, tenant_id, cause)
            receipt, is_repeat = await self._receipts.once(conn, tenant_id, once, insert)
            result = made if made is not None else await find(conn, receipt.response["id"])
        return Written(result, await self._positions(receipt.response["outboxIds"]), is_repeat)

    async def _positions(self, outbox_ids: Sequence[int]) -> Positions | None:
        return await self._relay.wait(outbox_ids) if outbox_ids else None
