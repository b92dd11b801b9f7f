"""Changes of items, each by its rule and within the caller's change."""

from __future__ import annotations

import uuid

from libs.httpkit.errors import require_found
from libs.objects.changes import Change, Changes
from libs.pg.database import Database
from services.catalog.errors import ArchivedItem, MnemonicTaken, MnemonicTakenByArchived, SystemItem
from services.catalog.kinds import ITEMS
from services.catalog.model import Draft, Item, Kind, system_item_id
from services.catalog.starter_set import STARTER_SET, SYSTEM_MNEMONICS
from services.catalog.store import ItemStore, tenants_with


async def create(change: Change, kind: Kind, draft: Draft) -> Item:
    """Create an item; raises MnemonicTaken."""
    store = ItemStore(change.conn, change.tenant_id, kind)
    item = await store.insert(change.new_id(), draft, is_system=False, at=change.now())
    return await _publish(change, store, item, draft, "created")


async def update(change: Change, kind: Kind, item_id: uuid.UUID, draft: Draft) -> Item:
    """Make the item as `draft` says; raises NotFound, SystemItem, ArchivedItem, MnemonicTaken.

    A draft that changes nothing leaves the version as it is and publishes nothing.
    """
    store = ItemStore(change.conn, change.tenant_id, kind)
    item = await _changeable(store, item_id)
    if item.archived_at is not None:
        raise ArchivedItem(noun=kind.noun, mnemonic=item.draft.mnemonic)
    if item.draft == draft:
        return item
    return await _publish(change, store, await store.update(item_id, draft, at=change.now()), draft, "updated")


async def archive(change: Change, kind: Kind, item_id: uuid.UUID) -> Item:
    """Take the item out of use; one that already is stays as it is. Raises NotFound, SystemItem."""
    store = ItemStore(change.conn, change.tenant_id, kind)
    item = await _changeable(store, item_id)
    if item.archived_at is not None:
        return item
    return await _publish(change, store, await store.archive(item_id, at=change.now()), item.draft, "archived")


async def ensure_starter_set(change: Change) -> None:
    """Create the items that every tenant starts with, as far as they are missing (projector role)."""
    for kind, drafts in STARTER_SET:
        store = ItemStore(change.conn, change.tenant_id, kind)
        for draft in drafts:
            item_id = system_item_id(change.tenant_id, kind, draft.mnemonic)
            item = await store.insert(item_id, draft, is_system=True, at=change.now())
            if item is not None:
                await change.publish(ITEMS[kind], item, "created")


async def complete_starter_sets(db: Database, changes: Changes) -> None:
    """Give tenants what their starter sets lack, as after an upgrade that added to the set.

    `db` has the projector role. Safe when several do it at once.
    """
    async with db.transaction(readonly=True) as conn:
        tenants = await tenants_with(conn, SYSTEM_MNEMONICS)
    for tenant_id, has_all in tenants.items():
        if not has_all:
            async with db.transaction() as conn:
                await ensure_starter_set(changes.begin_by_itself(conn, tenant_id))


async def _publish(change: Change, store: ItemStore, item: Item | None, draft: Draft, happened: str) -> Item:
    """Publish the item as it was written; None says that the mnemonic is taken."""
    if item is None:
        holder = await store.holder_of(draft.mnemonic)
        # One that was renamed just now has none any more: as for any conflict, the request may be repeated.
        taken = MnemonicTakenByArchived if holder is not None and holder.archived_at is not None else MnemonicTaken
        mnemonic = draft.mnemonic if holder is None else holder.draft.mnemonic
        raise taken(noun=store.kind.noun, mnemonic=mnemonic)
    await change.publish(ITEMS[store.kind], item, happened)
    return item


async def _changeable(store: ItemStore, item_id: uuid.UUID) -> Item:
    item = require_found(await store.lock(item_id), store.kind.noun, item_id)
    if item.is_system:
        raise SystemItem(noun=store.kind.noun, mnemonic=item.draft.mnemonic)
    return item
