"""Every change of an item: its rule, its row and its records for the log, within the caller's transaction.

Each change adds the item's event and its reference record to the outbox, so either both the row and the records come
to be or neither.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from asyncpg.exceptions import UniqueViolationError
from uuid_utils.compat import uuid7

from libs.contracts.events import Cause
from libs.contracts.times import to_ms
from libs.httpkit.errors import not_found
from libs.objects import outbox
from libs.pg.database import Connection
from services.catalog.errors import ArchivedItem, MnemonicTaken, SystemItem
from services.catalog.model import Draft, Item, Kind, system_item_id
from services.catalog.records import SERVICE, event_of, item_key, reference_of
from services.catalog.starter_set import STARTER_SET
from services.catalog.store import ItemStore


@dataclass(frozen=True, slots=True)
class Changed:
    """An item after a change, and the outbox rows that say so."""

    item: Item
    outbox_ids: tuple[int, ...]


def utc_now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


class Changes:
    """The changes, with the clock and the source of ids they use."""

    def __init__(self, *, clock: Callable[[], datetime] = utc_now, new_id: Callable[[], uuid.UUID] = uuid7) -> None:
        self._clock = clock
        self._new_id = new_id

    async def create(self, conn: Connection, tenant_id: str, kind: Kind, draft: Draft, cause: Cause) -> Changed:
        """A new item; raises MnemonicTaken."""
        store = ItemStore(conn, tenant_id, kind)
        item = await store.insert(self._new_id(), draft, is_system=False, at=self._clock())
        if item is None:
            raise MnemonicTaken(await _holder(store, draft))
        return await self._publish(conn, item, "created", cause)

    async def update(
        self, conn: Connection, tenant_id: str, kind: Kind, item_id: uuid.UUID, draft: Draft, cause: Cause
    ) -> Changed:
        """The item as `draft` says; raises NotFound, SystemItem, ArchivedItem, MnemonicTaken.

        A draft that changes nothing leaves the version as it is and tells nobody.
        """
        store = ItemStore(conn, tenant_id, kind)
        item = await _changeable(store, item_id)
        if item.archived_at is not None:
            raise ArchivedItem(item)
        if item.draft == draft:
            return Changed(item, ())
        try:
            async with conn.transaction():
                updated = await store.update(item_id, draft, at=self._clock())
        except UniqueViolationError:
            raise MnemonicTaken(await _holder(store, draft)) from None
        assert updated is not None
        return await self._publish(conn, updated, "updated", cause)

    async def archive(self, conn: Connection, tenant_id: str, kind: Kind, item_id: uuid.UUID, cause: Cause) -> Changed:
        """The item out of use; one that already is stays as it is. Raises NotFound, SystemItem."""
        store = ItemStore(conn, tenant_id, kind)
        item = await _changeable(store, item_id)
        if item.archived_at is not None:
            return Changed(item, ())
        archived = await store.archive(item_id, at=self._clock())
        assert archived is not None
        return await self._publish(conn, archived, "archived", cause)

    async def ensure_starter_set(self, conn: Connection, tenant_id: str, cause: Cause) -> tuple[int, ...]:
        """Create what a tenant starts with, as far as it is missing (projector role); the outbox rows it took."""
        outbox_ids: tuple[int, ...] = ()
        for kind, drafts in STARTER_SET:
            store = ItemStore(conn, tenant_id, kind)
            for draft in drafts:
                item_id = system_item_id(tenant_id, kind, draft.mnemonic)
                item = await store.insert(item_id, draft, is_system=True, at=self._clock())
                if item is not None:
                    outbox_ids += (await self._publish(conn, item, "created", cause)).outbox_ids
        return outbox_ids

    async def _publish(self, conn: Connection, item: Item, happened: str, cause: Cause) -> Changed:
        timestamp_ms = to_ms(self._clock())
        event = event_of(item, happened, event_id=str(self._new_id()), cause=cause, timestamp_ms=timestamp_ms)
        records = [reference_of(item, timestamp_ms=timestamp_ms), event]
        return Changed(item, tuple(await outbox.add(conn, SERVICE, records, object_key=item_key(item))))


async def _changeable(store: ItemStore, item_id: uuid.UUID) -> Item:
    item = await store.lock(item_id)
    if item is None:
        raise not_found(store.kind.noun, str(item_id))
    if item.is_system:
        raise SystemItem(item)
    return item


async def _holder(store: ItemStore, draft: Draft) -> Item:
    """Who has the mnemonic; there is always one, since items are never deleted."""
    holder = await store.holder_of(draft.mnemonic)
    assert holder is not None
    return holder
