"""The catalog as requests use it: each write is one transaction, then a bounded wait for its records in the log.

Requests run as the request role, which sees the caller's tenant alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from libs.contracts.events import Cause
from libs.eventlog.port import Positions
from libs.httpkit.errors import not_found
from libs.httpkit.paging import Page
from libs.objects.idempotency import IdempotencyStore, Once, Receipt
from libs.objects.outbox import Relay
from libs.pg.database import Connection, Database
from services.catalog.changes import Changed, Changes
from services.catalog.model import Draft, Item, Kind
from services.catalog.store import ItemFilter, ItemStore


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose items of which kind a request is about."""

    tenant_id: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Written:
    """An item after a write; `positions` is None when the log was slower than the request would wait."""

    item: Item
    positions: Positions | None


class Catalog:
    """Reads and writes of one tenant's items."""

    def __init__(self, db: Database, relay: Relay, *, changes: Changes, receipts: IdempotencyStore) -> None:
        self._db = db
        self._relay = relay
        self._changes = changes
        self._receipts = receipts

    async def create(self, scope: Scope, draft: Draft, cause: Cause, once: Once) -> Written:
        """A new item, or the one that an earlier request with the same key made; raises MnemonicTaken."""
        async with self._db.tenant_transaction(scope.tenant_id) as conn:
            changed: Changed | None = None

            async def insert() -> Receipt:
                nonlocal changed
                changed = await self._changes.create(conn, scope.tenant_id, scope.kind, draft, cause)
                return Receipt(201, {"id": str(changed.item.item_id), "outboxIds": list(changed.outbox_ids)})

            receipt, _ = await self._receipts.once(conn, scope.tenant_id, once, insert)
            if changed is None:
                item = await _existing(conn, scope, uuid.UUID(receipt.response["id"]))
                changed = Changed(item, tuple(receipt.response["outboxIds"]))
        return await self._written(changed)

    async def update(self, scope: Scope, item_id: uuid.UUID, draft: Draft, cause: Cause) -> Written:
        """The item as `draft` says; raises NotFound, SystemItem, ArchivedItem, MnemonicTaken."""
        return await self._change(
            scope, lambda conn: self._changes.update(conn, scope.tenant_id, scope.kind, item_id, draft, cause)
        )

    async def archive(self, scope: Scope, item_id: uuid.UUID, cause: Cause) -> Written:
        """The item out of use; raises NotFound, SystemItem."""
        return await self._change(
            scope, lambda conn: self._changes.archive(conn, scope.tenant_id, scope.kind, item_id, cause)
        )

    async def get(self, scope: Scope, item_id: uuid.UUID) -> Item:
        """The item, archived or not; raises NotFound."""
        async with self._db.tenant_transaction(scope.tenant_id, readonly=True) as conn:
            return await _existing(conn, scope, item_id)

    async def list(self, scope: Scope, wanted: ItemFilter) -> Sequence[Item]:
        """All items that fit, by mnemonic."""
        async with self._db.tenant_transaction(scope.tenant_id, readonly=True) as conn:
            return await ItemStore(conn, scope.tenant_id, scope.kind).list(wanted)

    async def page(self, scope: Scope, wanted: ItemFilter, page: Page) -> tuple[Sequence[Item], int]:
        """One page of the items that fit, and how many fit in all, as of one moment."""
        async with self._db.tenant_transaction(scope.tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = ItemStore(conn, scope.tenant_id, scope.kind)
            items = await store.list(wanted, limit=page.limit, offset=page.offset)
            return items, await store.count(wanted)

    async def _change(self, scope: Scope, change: Callable[[Connection], Awaitable[Changed]]) -> Written:
        async with self._db.tenant_transaction(scope.tenant_id) as conn:
            changed = await change(conn)
        return await self._written(changed)

    async def _written(self, changed: Changed) -> Written:
        positions = await self._relay.wait(changed.outbox_ids) if changed.outbox_ids else None
        return Written(changed.item, positions)


async def _existing(conn: Connection, scope: Scope, item_id: uuid.UUID) -> Item:
    item = await ItemStore(conn, scope.tenant_id, scope.kind).get(item_id)
    if item is None:
        raise not_found(scope.kind.noun, str(item_id))
    return item
