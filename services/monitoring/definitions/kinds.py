"""Critical interactions as objects: their JSON shape, their reference records, and how they are found and held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from libs.contracts.errors import InvalidRecord
from libs.contracts.paths import MONITORING
from libs.contracts.reference import CRITICAL_INTERACTION, ReferenceRecord
from libs.contracts.times import from_ms, to_ms
from libs.objects.kinds import REFERENCE_RECORDS, Latest, ObjectId, ObjectKind, OnLog
from libs.objects.versions import add_version, end_versions
from libs.pg.database import Connection
from services.monitoring.definitions.model import CriticalInteraction, Definition
from services.monitoring.definitions.store import (
    add_revision,
    every_interaction,
    lock_interaction,
    raise_revision,
    state_of,
    take_up_interaction,
)


class _Dates(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A reference record's account of a critical interaction, beside its definition."""

    created_at: int
    created_by: str
    updated_at: int
    updated_by: str


def details(one: CriticalInteraction) -> dict[str, Any]:
    """Return the JSON shape that the API, the events and the reference record have in common.

    It has both spellings that clients know of the name and of the threshold.
    """
    state = state_of(one.definition)
    return {
        **state,
        "id": one.id,
        "interactionName": one.definition.name,
        "thresholdInMS": one.definition.threshold_in_ms,
        "version": one.version,
        "createdAt": to_ms(one.created_at),
        "createdBy": one.created_by,
        "updatedAt": to_ms(one.updated_at),
        "updatedBy": one.updated_by,
    }


def interaction_reference(one: CriticalInteraction) -> ReferenceRecord:
    """Return the reference record of a critical interaction."""
    return ReferenceRecord(
        kind=CRITICAL_INTERACTION,
        tenant_id=one.tenant_id,
        id=str(one.id),
        version=one.version,
        archived=one.deleted_at is not None,
        data=details(one),
    )


def interaction_of(record: ReferenceRecord) -> CriticalInteraction:
    """Return the critical interaction of its reference record; raises InvalidRecord."""
    try:
        dates = msgspec.convert(record.data, _Dates)
        definition = msgspec.convert(record.data, Definition)
        interaction_id = int(record.id)
    except ValueError as error:
        raise InvalidRecord(f"data: {error}") from None
    updated_at = from_ms(dates.updated_at)
    return CriticalInteraction(
        tenant_id=record.tenant_id,
        id=interaction_id,
        version=record.version,
        definition=definition,
        created_at=from_ms(dates.created_at),
        created_by=dates.created_by,
        updated_at=updated_at,
        updated_by=dates.updated_by,
        deleted_at=updated_at if record.archived else None,
    )


async def keep_version(conn: Connection, one: CriticalInteraction) -> datetime:
    """Keep the object as its new version, or end its versions when it is deleted; return from when on that is so.

    From now on until the transaction ends no other definition of any tenant changes: take all other locks before.
    """
    revision = await raise_revision(conn)
    if one.deleted_at is None:
        at = await add_version(conn, CRITICAL_INTERACTIONS, one, one.version, state_of(one.definition))
    else:
        at = await end_versions(conn, CRITICAL_INTERACTIONS, one, one.version)
    await add_revision(conn, one, revision)
    return at


async def take_up_interactions(conn: Connection, found: Sequence[OnLog[ReferenceRecord]]) -> int:
    """Make critical interactions as records have them, where there is none or an older version; return how many.

    Those that were deleted come first, so that their names are free. Runs under the projector role.
    """
    records = sorted((one.record for one in found), key=lambda record: not record.archived)
    changed = [one for one in map(interaction_of, records) if await take_up_interaction(conn, one)]
    for one in changed:  # once the rows of all are held, as `keep_version` wants
        await keep_version(conn, one)
    return len(changed)


CRITICAL_INTERACTIONS: ObjectKind[CriticalInteraction] = ObjectKind(
    service=MONITORING,
    name=CRITICAL_INTERACTION,
    identify=lambda one: ObjectId(one.tenant_id, str(one.id)),
    payload=details,
    latest=Latest(
        REFERENCE_RECORDS,
        interaction_reference,
        holds=lambda record: record.kind == CRITICAL_INTERACTION,
        every=every_interaction,
        lock=lock_interaction,
        take_up=take_up_interactions,
    ),
)
OBJECT_KINDS: tuple[ObjectKind[Any], ...] = (CRITICAL_INTERACTIONS,)
