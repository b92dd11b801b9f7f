"""The tenants' resource types, actions and origins as the reference topic has them, indexed for the hot path.

Applying is idempotent and ordered by version, so re-reading the topic or a repeat changes nothing.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable
from typing import NamedTuple

from libs.contracts import resource_types
from libs.contracts.reference import (
    ACTION,
    CATALOG_KINDS,
    ORIGIN,
    RESOURCE_TYPE,
    CatalogItem,
    ReferenceRecord,
    decode_data,
    decode_reference,
)
from libs.eventlog.port import StoredRecord

_SUGGESTIONS = 3
_MAX_LOOKED_AT = 100
_LOOKS_PER_S = 20


class KnownItem(NamedTuple):
    """One resource type, action or origin: id, the catalog's spelling, whether new records may use it."""

    id: str
    mnemonic: str
    archived: bool
    version: int


class KindIndex:
    """One tenant's items of one kind, by mnemonic in any case and by id."""

    __slots__ = ("_by_folded", "_by_id", "_by_spelling", "_clock", "_hints", "_looks", "_second", "usable")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._hints: dict[str, list[str]] = {}
        self._second = self._looks = 0
        self._by_id: dict[str, KnownItem] = {}
        self._by_folded: dict[str, KnownItem] = {}
        self._by_spelling: dict[str, KnownItem] = {}
        self.usable: dict[str, KnownItem] = {}
        """Those that new records may use, by the catalog's own spelling: nearly every look-up ends here."""

    def put(self, item: KnownItem) -> None:
        """Take an item's newer state."""
        self._hints.clear()
        known = self._by_id.get(item.id)
        if known is not None:
            if known.version >= item.version:
                return
            self._forget(known)
        self._by_id[item.id] = item
        self._by_folded[item.mnemonic.casefold()] = item
        self._by_spelling[item.mnemonic] = item
        if item.archived:
            self.usable.pop(item.mnemonic, None)
        else:
            self.usable[item.mnemonic] = item

    def _forget(self, known: KnownItem) -> None:
        indexes = (self._by_spelling, self.usable)
        for index, name in (
            (self._by_folded, known.mnemonic.casefold()),
            *((index, known.mnemonic) for index in indexes),
        ):
            if (held := index.get(name)) is not None and held.id == known.id:
                del index[name]

    def by_mnemonic(self, mnemonic: str) -> KnownItem | None:
        """Return the item a mnemonic names, in any case."""
        return self._by_spelling.get(mnemonic) or self._by_folded.get(mnemonic.casefold())

    def by_id(self, item_id: str) -> KnownItem | None:
        """Return the item of an id, in any case."""
        return self._by_id.get(item_id) or self._by_id.get(item_id.lower())

    def nearest(self, mnemonic: str) -> list[str]:
        """Return up to three usable mnemonics that look like the given one, nearest first.

        Looking takes its time, so it is done for some names a second; there are none for further ones.
        """
        wrong = mnemonic.casefold()
        if wrong not in self._hints:
            if len(wrong) > _MAX_LOOKED_AT or not self._may_look():
                return []
            folded = {name: item.mnemonic for name, item in self._by_folded.items() if not item.archived}
            nearest = difflib.get_close_matches(wrong, folded, n=_SUGGESTIONS, cutoff=0.6)
            self._hints[wrong] = [folded[name] for name in nearest]
        return self._hints[wrong]

    def _may_look(self) -> bool:
        second = int(self._clock())
        if second != self._second:
            self._second, self._looks = second, 0
            self._hints.clear()
        self._looks += 1
        return self._looks <= _LOOKS_PER_S

    def __len__(self) -> int:
        return len(self._by_id)


class TenantCatalog:
    """One tenant's items, by kind."""

    __slots__ = ("actions", "by_kind", "origins", "resource_types")

    def __init__(self) -> None:
        self.resource_types, self.actions, self.origins = KindIndex(), KindIndex(), KindIndex()
        self.by_kind = {RESOURCE_TYPE: self.resource_types, ACTION: self.actions, ORIGIN: self.origins}


class CatalogIndex:
    """Every tenant's catalog, fed record by record."""

    def __init__(self) -> None:
        self._tenants: dict[str, TenantCatalog] = {}

    def apply(self, record: StoredRecord) -> None:
        """Take one record of the reference topic; other kinds are of no concern. InvalidRecord when unreadable."""
        if record.value is None:
            return
        reference = decode_reference(record.value)
        if reference.kind in CATALOG_KINDS:
            self.put(reference)

    def put(self, reference: ReferenceRecord) -> None:
        """Take one catalog item's state; InvalidRecord when its data has another shape."""
        data = decode_data(reference, CatalogItem)
        assert isinstance(data, CatalogItem)
        item = KnownItem(reference.id.lower(), data.mnemonic, reference.archived, reference.version)
        self._tenants.setdefault(reference.tenant_id, TenantCatalog()).by_kind[reference.kind].put(item)

    def of(self, tenant_id: str) -> TenantCatalog:
        """Return a tenant's items; empty when there are none."""
        return self._tenants.get(tenant_id, _NOTHING)

    def find_type(self, tenant_id: str, resource_type: str) -> str | None:
        """Return a resource type as events have it, archived ones too; None when it is none."""

        def mnemonic_of(text: str) -> str | None:
            item = self.of(tenant_id).resource_types.by_mnemonic(text)
            return None if item is None else item.mnemonic

        return resource_types.find_type(resource_type, mnemonic_of)


_NOTHING = TenantCatalog()
