"""Reads of one tenant's items for requests, which see no other tenant."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from libs.httpkit.errors import require_found
from libs.httpkit.paging import Page
from libs.pg.database import Database
from services.catalog.model import Item, Kind
from services.catalog.store import ItemFilter, ItemStore


class ItemReads:
    """Reads items; `db` connects as the request role."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, tenant_id: str, kind: Kind, item_id: uuid.UUID) -> Item:
        """Return the item, archived or not; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await existing(ItemStore(conn, tenant_id, kind), item_id)

    async def list(self, tenant_id: str, kind: Kind, wanted: ItemFilter) -> Sequence[Item]:
        """Return all items that fit, by mnemonic."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await ItemStore(conn, tenant_id, kind).list(wanted)

    async def page(self, tenant_id: str, kind: Kind, wanted: ItemFilter, page: Page) -> tuple[Sequence[Item], int]:
        """Return one page of the items that fit, and how many fit in all, as of one moment."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = ItemStore(conn, tenant_id, kind)
            items = await store.list(wanted, limit=page.limit, offset=page.offset)
            return items, await store.count(wanted)


async def existing(store: ItemStore, item_id: uuid.UUID) -> Item:
    """Return the item, archived or not; raises NotFound."""
    return require_found(await store.get(item_id), store.kind.noun, item_id)
