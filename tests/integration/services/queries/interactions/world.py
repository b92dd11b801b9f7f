"""A history for tests: its database and generation, a log in memory, and records made by hand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from libs.contracts.interactions import Interaction, encode_interaction, encode_voided
from libs.contracts.reference import ACTION, CATALOG_KINDS, ORIGIN, RESOURCE_TYPE, ReferenceRecord, encode_reference
from libs.contracts.times import format_ms
from libs.contracts.topics import INTERACTIONS, REFERENCE
from libs.eventlog.port import StoredRecord
from libs.projections.generations import ReadModel
from libs.projections.projection import Projection
from libs.records.catalog import Catalog
from libs.records.interactions import Change, decode_change
from services.queries import service
from services.queries.interactions.model import HISTORY, SERVICE
from services.queries.interactions.projection import HistoryProjection
from services.queries.interactions.reads import HistoryReads
from tests.support.read_models import ModelWorld, opened_model

START_MS = 1_768_000_000_000
NAMES = {
    RESOURCE_TYPE: ("ORDER", "PAYMENT", "FILE"),
    ACTION: ("CREATE", "READ", "DELETE"),
    ORIGIN: ("WEBAPP", "API"),
}
PROJECTION: Projection[Change] = HistoryProjection()


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


@dataclass(frozen=True, slots=True)
class World(ModelWorld):
    """The history's."""

    projection: Projection[Change] = PROJECTION

    async def apply(self, records: Sequence[StoredRecord]) -> None:
        """One batch, in a transaction of its own."""
        await self.fold([decode_change(record) for record in records])

    async def fold(self, changes: Sequence[Change]) -> None:
        """`apply` of what is decoded already."""
        await self.fold_into(self.projection, changes)

    def merging_at(self, interactions: int) -> World:
        """The same, merging as soon as so many interactions wait."""
        return replace(self, projection=HistoryProjection(merge_at=interactions))

    def history(self, catalog: Catalog | None = None, *, search_timeout_s: float = 5.0) -> HistoryReads:
        """The history as requests see it."""
        return HistoryReads(
            ReadModel(self.requests, SERVICE, HISTORY), catalog or catalog_of("default"), search_timeout_s
        )


def opened_world(url: str) -> AbstractAsyncContextManager[World]:
    """A world on an empty database."""
    return opened_model(World, url, service.SERVICE, PROJECTION)
