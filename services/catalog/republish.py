"""Publishes again the objects that the reference topic does not have in their latest version.

That is so when the log was replaced or lost its records under a database that still has the objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from libs.contracts.reference import decode_reference
from libs.contracts.times import to_ms
from libs.contracts.topics import REFERENCE
from libs.eventlog.port import EventLog, StoredRecord
from libs.objects import outbox
from libs.objects.republish import outdated_objects
from libs.pg.database import Connection, Database
from services.catalog.changes import utc_now
from services.catalog.event_types import records as schema_records
from services.catalog.event_types.model import SchemaVersion
from services.catalog.event_types.store import every_latest_version, lock_revision
from services.catalog.model import Item
from services.catalog.records import SERVICE, item_key, reference_of
from services.catalog.store import every_item, lock_version, pending_objects

_BATCH = 200


async def republish(log: EventLog, db: Database, *, clock: Callable[[], datetime] = utc_now) -> int:
    """Put every object the topic lacks into the outbox (projector role); how many there were. Raises LogUnavailable."""
    async with db.transaction(isolation="repeatable_read", readonly=True) as conn:
        waiting = await pending_objects(conn)
        objects = {_key(found): found for found in await _every_object(conn) if _key(found) not in waiting}
    versions = {key: _version(found) for key, found in objects.items()}
    missing = [objects[key] for key in sorted(await outdated_objects(log, REFERENCE, versions, _version_of))]
    for start in range(0, len(missing), _BATCH):
        async with db.transaction() as conn:
            await _publish(conn, missing[start : start + _BATCH], to_ms(clock()))
    return len(missing)


async def _every_object(conn: Connection) -> list[Item | SchemaVersion]:
    objects: list[Item | SchemaVersion] = [item async for item in every_item(conn)]
    return objects + [version async for version in every_latest_version(conn)]


def _key(found: Item | SchemaVersion) -> str:
    return item_key(found) if isinstance(found, Item) else schema_records.event_type_key(found.event_type)


def _version(found: Item | SchemaVersion) -> int:
    return found.version if isinstance(found, Item) else found.event_type.revision


async def _publish(conn: Connection, objects: Sequence[Item | SchemaVersion], timestamp_ms: int) -> None:
    for found in objects:
        # An object that was changed meanwhile has told its new version by itself.
        if isinstance(found, Item):
            is_unchanged, record = await lock_version(conn, found), reference_of(found, timestamp_ms=timestamp_ms)
        else:
            is_unchanged = await lock_revision(conn, found.event_type)
            record = schema_records.reference_of(found, timestamp_ms=timestamp_ms)
        if is_unchanged:
            await outbox.add(conn, SERVICE, [record], object_key=_key(found))


def _version_of(record: StoredRecord) -> int:
    assert record.value is not None
    return decode_reference(record.value).version
