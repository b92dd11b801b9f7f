"""The reference topic's records of resource types, actions and origins, and of each tenant's number frontier.

Fed by a replica; the highest version of each object stands, in whatever order records come.
"""

from __future__ import annotations

from libs.contracts.reference import (
    ACTION,
    CATALOG_KINDS,
    FRONTIER,
    ORIGIN,
    RESOURCE_TYPE,
    CatalogItem,
    Frontier,
    decode_data,
    decode_reference,
)
from libs.eventlog.port import StoredRecord


class Catalog:
    """Every tenant's catalog items and frontier, as they are now.

    `revision` counts the changes of items: text made with one revision is true until the next.
    """

    def __init__(self) -> None:
        self.revision = 0
        self._versions: dict[tuple[str, str, str], int] = {}
        self._items: dict[tuple[str, str, str], CatalogItem] = {}
        self._ids: dict[tuple[str, str, str], str] = {}
        self._frontiers: dict[str, Frontier] = {}

    def apply(self, record: StoredRecord) -> None:
        """Take a record of the reference topic in; InvalidRecord for one that cannot be read."""
        if record.value is None:
            return
        reference = decode_reference(record.value)
        key = (reference.tenant_id, reference.kind, reference.id)
        if self._versions.get(key, -1) >= reference.version:
            return
        if reference.kind == FRONTIER:
            self._take_frontier(reference.tenant_id, decode_data(reference, Frontier))
        elif reference.kind in CATALOG_KINDS:
            self._take_item(key, decode_data(reference, CatalogItem))
        self._versions[key] = reference.version

    def item(self, tenant_id: str, kind: str, object_id: str) -> CatalogItem | None:
        """Return a catalog item by its id, archived ones too."""
        return self._items.get((tenant_id, kind, object_id))

    def id_of(self, tenant_id: str, kind: str, mnemonic: str) -> str | None:
        """Return the id behind a mnemonic, which is matched without regard to case."""
        return self._ids.get((tenant_id, kind, mnemonic.casefold()))

    def frontier(self, tenant_id: str) -> Frontier | None:
        """Return the number below which all of a tenant's numbers are acknowledged or voided."""
        return self._frontiers.get(tenant_id)

    def facet_ids(
        self, tenant_id: str, *, resource_type: str | None = None, action: str | None = None, origin: str | None = None
    ) -> dict[str, str] | None:
        """Return the ids of the mnemonics that are given, by kind; None when the catalog lacks one of them."""
        asked = {RESOURCE_TYPE: resource_type, ACTION: action, ORIGIN: origin}
        ids = {kind: self.id_of(tenant_id, kind, text) for kind, text in asked.items() if text is not None}
        known = {kind: found for kind, found in ids.items() if found is not None}
        return known if len(known) == len(ids) else None

    def _take_item(self, key: tuple[str, str, str], item: CatalogItem | Frontier) -> None:
        assert isinstance(item, CatalogItem)
        tenant_id, kind, object_id = key
        before = self._items.get(key)
        if before is not None:
            self._ids.pop((tenant_id, kind, before.mnemonic.casefold()), None)
        self._items[key] = item
        self.revision += 1
        self._ids[tenant_id, kind, item.mnemonic.casefold()] = object_id

    def _take_frontier(self, tenant_id: str, frontier: CatalogItem | Frontier) -> None:
        assert isinstance(frontier, Frontier)
        self._frontiers[tenant_id] = frontier
