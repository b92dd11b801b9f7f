"""The catalog shows each object's highest version, whatever order its records come in."""

from __future__ import annotations

import itertools

import pytest

from libs.contracts.errors import InvalidRecord
from libs.contracts.reference import ACTION, FRONTIER, ReferenceRecord, encode_reference
from libs.contracts.topics import REFERENCE
from libs.eventlog.port import StoredRecord
from libs.records.catalog import Catalog

AT = "2026-01-15T10:30:00.000Z"


def stored(record: ReferenceRecord) -> StoredRecord:
    key, value, headers = encode_reference(record, timestamp_ms=0)
    return StoredRecord(REFERENCE.name, 0, 0, key, value, headers, 0)


def action(version: int, mnemonic: str, tenant_id: str = "default", *, archived: bool = False) -> StoredRecord:
    data = {"title": mnemonic, "mnemonic": mnemonic, "icon": str(version), "createdDate": AT, "modifiedDate": AT}
    record = ReferenceRecord(kind=ACTION, tenant_id=tenant_id, id="a1", version=version, archived=archived, data=data)
    return stored(record)


def test_the_highest_version_stands_in_any_order() -> None:
    for order in itertools.permutations([action(1, "READ"), action(2, "VIEW"), action(3, "VIEWED")]):
        catalog = Catalog()
        for record in order:
            catalog.apply(record)
        item = catalog.item("default", ACTION, "a1")
        assert item is not None
        assert item.mnemonic == "VIEWED"
        assert catalog.id_of("default", ACTION, "viewed") == "a1"
        assert catalog.id_of("default", ACTION, "READ") is None


def test_an_archived_item_stays_known() -> None:
    catalog = Catalog()
    catalog.apply(action(1, "READ", archived=True))
    assert catalog.facet_ids("default", action="Read") == {ACTION: "a1"}


def test_another_tenants_mnemonic_is_unknown() -> None:
    catalog = Catalog()
    catalog.apply(action(1, "READ", "acme"))
    assert catalog.facet_ids("default", action="READ") is None
    assert catalog.item("default", ACTION, "a1") is None


def test_the_frontier_never_moves_back() -> None:
    catalog = Catalog()
    for below in (5, 9, 7):
        data = {"below": below, "positions": {"0": below}, "at": AT}
        catalog.apply(
            stored(ReferenceRecord(kind=FRONTIER, tenant_id="default", id="default", version=below, data=data))
        )
    frontier = catalog.frontier("default")
    assert frontier is not None
    assert frontier.below == 9


def test_an_item_of_another_shape_is_refused() -> None:
    with pytest.raises(InvalidRecord):
        Catalog().apply(
            stored(ReferenceRecord(kind=ACTION, tenant_id="default", id="a1", version=1, data={"mnemonic": 1}))
        )
