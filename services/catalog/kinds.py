"""Items as objects: their JSON shape, their reference records, and the reads that find and hold them."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec

from libs.contracts.paths import CATALOG
from libs.contracts.reference import CatalogItem, ReferenceRecord
from libs.contracts.times import format_time
from libs.objects.kinds import REFERENCE_RECORDS, Latest, ObjectId, ObjectKind
from services.catalog.event_types.kinds import SCHEMAS
from services.catalog.model import KINDS, Item, Kind
from services.catalog.store import every_item, lock_item, take_up_items


def item_data(item: Item) -> dict[str, Any]:
    """Return the item's JSON shape without its id, as the API and the reference record have it."""
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


def item_reference(item: Item) -> ReferenceRecord:
    """Return the item's reference record."""
    return ReferenceRecord(
        kind=item.kind.name,
        tenant_id=item.tenant_id,
        id=str(item.item_id),
        version=item.version,
        archived=item.archived_at is not None,
        data=item_data(item),
    )


def _item_kind(kind: Kind) -> ObjectKind[Item]:
    return ObjectKind(
        service=CATALOG,
        name=kind.name,
        identify=lambda item: ObjectId(item.tenant_id, str(item.item_id)),
        payload=lambda item: {kind.id_field: str(item.item_id), **item_data(item), "version": item.version},
        latest=Latest(
            REFERENCE_RECORDS,
            item_reference,
            holds=lambda record: record.kind == kind.name,
            every=partial(every_item, kind=kind),
            lock=lock_item,
            take_up=take_up_items,
        ),
    )


ITEMS: dict[Kind, ObjectKind[Item]] = {kind: _item_kind(kind) for kind in KINDS}
OBJECT_KINDS: tuple[ObjectKind[Any], ...] = (*ITEMS.values(), SCHEMAS)
