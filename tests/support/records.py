"""Interactions and catalog items made by hand, and the records that carry them."""

from __future__ import annotations

import time
import uuid
from typing import Any

import msgspec

from libs.contracts.interactions import Interaction, encode_interaction, encode_voided
from libs.contracts.reference import ACTION, CATALOG_KINDS, ORIGIN, RESOURCE_TYPE, ReferenceRecord, encode_reference
from libs.contracts.times import format_ms
from libs.contracts.topics import INTERACTIONS, REFERENCE
from libs.eventlog.port import Record, StoredRecord
from libs.records.catalog import Catalog

START_MS = 1_768_000_000_000
NAMES = {
    RESOURCE_TYPE: ("ORDER", "PAYMENT", "FILE"),
    ACTION: ("CREATE", "READ", "DELETE"),
    ORIGIN: ("WEBAPP", "API"),
}


def now_ms() -> int:
    """Return the present, as records are accepted at."""
    return time.time_ns() // 1_000_000


def item_id(tenant_id: str, kind: str, mnemonic: str) -> str:
    """The id of a tenant's catalog item."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{tenant_id}/{kind}/{mnemonic}"))


def catalog_item(tenant_id: str, kind: str, mnemonic: str, *, version: int = 1, **data: Any) -> ReferenceRecord:
    """A catalog item as the reference topic says it is; `data` overrides."""
    at = format_ms(START_MS)
    fields = {"title": mnemonic.title(), "mnemonic": mnemonic, "createdDate": at, "modifiedDate": at, **data}
    return ReferenceRecord(
        kind=kind, tenant_id=tenant_id, id=item_id(tenant_id, kind, mnemonic), version=version, data=fields
    )


def catalog_records(tenant_id: str) -> list[Record]:
    """Records of the items in `NAMES`, with icons and colours."""
    items = [
        catalog_item(tenant_id, kind, name, icon=f"icon {name}", fontColorHex="#fff", bgColorHex="#f59e0b")
        for kind in CATALOG_KINDS
        for name in NAMES[kind]
    ]
    return [Record(REFERENCE.name, *encode_reference(item, timestamp_ms=1), timestamp_ms=1) for item in items]


def stored_reference(record: ReferenceRecord) -> StoredRecord:
    """A reference record as it is read back."""
    key, value, headers = encode_reference(record, timestamp_ms=START_MS)
    return StoredRecord(REFERENCE.name, 0, 0, key, value, headers, START_MS)


def catalog_of(*tenants: str) -> Catalog:
    """A catalog in which each tenant has `NAMES`."""
    catalog = Catalog()
    for tenant_id in tenants:
        for kind in CATALOG_KINDS:
            for mnemonic in NAMES[kind]:
                catalog.apply(stored_reference(catalog_item(tenant_id, kind, mnemonic, icon=f"i-{mnemonic}")))
    return catalog


def interaction(number: int, tenant_id: str = "default", **changes: Any) -> Interaction:
    """An interaction; its id comes from tenant and number, its accept time from the number."""
    names = {kind: changes.pop(kind, NAMES[kind][0]) for kind in CATALOG_KINDS}
    json = changes.pop("json", b'{"total": 1}')
    fields: dict[str, Any] = {
        "interaction_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{tenant_id}/{number}")),
        "resource_id": "order-1",
        "uow_id": f"unit-{number}",
        "created_date": format_ms(START_MS + number),
        **changes,
    }
    return Interaction(
        interaction_number=number,
        resource_type=names[RESOURCE_TYPE],
        action=names[ACTION],
        origin=names[ORIGIN],
        resource_type_id=item_id(tenant_id, RESOURCE_TYPE, names[RESOURCE_TYPE]),
        action_id=item_id(tenant_id, ACTION, names[ACTION]),
        origin_id=item_id(tenant_id, ORIGIN, names[ORIGIN]),
        interaction=msgspec.Raw(json),
        **fields,
    )


def recorded(body: Interaction, tenant_id: str = "default") -> StoredRecord:
    """An interaction as it is read back."""
    key, value, headers = encode_interaction(tenant_id, body, actor_type="user")
    return StoredRecord(INTERACTIONS.name, 0, 0, key, value, headers, START_MS)


def voided(number: int, tenant_id: str = "default", reason: str = "the gateway ended") -> StoredRecord:
    """A void as it is read back."""
    key, value, headers = encode_voided(tenant_id, number, format_ms(START_MS + number), reason)
    return StoredRecord(INTERACTIONS.name, 0, 0, key, value, headers, START_MS)
