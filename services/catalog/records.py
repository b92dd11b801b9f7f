"""What the log learns of a changed item: its platform event and its reference record."""

from __future__ import annotations

from typing import Any

import msgspec

from libs.contracts.events import Cause, PlatformEvent, encode_platform_event
from libs.contracts.reference import CatalogItem, ReferenceRecord, encode_reference
from libs.contracts.times import format_time
from libs.contracts.topics import EVENTS, REFERENCE, object_key
from libs.eventlog.port import Record
from services.catalog.model import Item

SERVICE = "catalog"


def item_data(item: Item) -> dict[str, Any]:
    """The item's JSON shape without its id, as the API returns it and the reference record carries it."""
    draft = item.draft
    shape = CatalogItem(
        title=draft.title,
        mnemonic=draft.mnemonic,
        description=draft.description,
        icon=draft.icon,
        font_color_hex=draft.font_color_hex,
        bg_color_hex=draft.bg_color_hex,
        is_system=item.is_system,
        created_date=format_time(item.created_at),
        modified_date=format_time(item.modified_at),
    )
    data: dict[str, Any] = msgspec.to_builtins(shape)
    return data


def item_key(item: Item) -> str:
    """The key under which the outbox keeps the order of an item's changes."""
    return object_key(item.kind.name, item.tenant_id, str(item.item_id))


def reference_of(item: Item, *, timestamp_ms: int) -> Record:
    """The reference record of the item's present state."""
    reference = ReferenceRecord(
        kind=item.kind.name,
        tenant_id=item.tenant_id,
        id=str(item.item_id),
        version=item.version,
        archived=item.archived_at is not None,
        data=item_data(item),
    )
    key, value, headers = encode_reference(reference, timestamp_ms=timestamp_ms)
    return Record(REFERENCE.name, key, value, headers, timestamp_ms)


def event_of(item: Item, happened: str, *, event_id: str, cause: Cause, timestamp_ms: int) -> Record:
    """The platform event `<kind>.<happened>` of an item, its payload the item as it is now."""
    event = PlatformEvent(
        id=event_id,
        type=f"{item.kind.name}.{happened}",
        tenant_id=item.tenant_id,
        resource_type=item.kind.name,
        resource_id=str(item.item_id),
        actor=cause.actor,
        occurred_at_ms=timestamp_ms,
        payload={item.kind.id_field: str(item.item_id), **item_data(item), "version": item.version},
        correlation_id=cause.correlation_id,
        causation_id=cause.causation_id,
    )
    key, value, headers = encode_platform_event(event, service=SERVICE)
    return Record(EVENTS.name, key, value, headers, timestamp_ms)
