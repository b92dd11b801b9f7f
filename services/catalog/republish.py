"""Publishes again the items that the reference topic does not have in their latest version.

That is so when the log was replaced or lost its records under a database that still has the objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from libs.contracts.reference import decode_reference
from libs.contracts.times import to_ms
from libs.contracts.topics import REFERENCE
from libs.eventlog import outbox
from libs.eventlog.port import EventLog, StoredRecord
from libs.eventlog.republish import outdated_objects
from libs.pg.database import Connection, Database
from services.catalog.changes import utc_now
from services.catalog.model import Item
from services.catalog.records import item_key, reference_of
from services.catalog.store import every_item, lock_version, pending_objects

_BATCH = 200


async def republish(log: EventLog, db: Database, *, clock: Callable[[], datetime] = utc_now) -> int:
    """Put every item the topic lacks into the outbox (projector role); how many there were. Raises LogUnavailable."""
    async with db.transaction(isolation="repeatable_read", readonly=True) as conn:
        waiting = await pending_objects(conn)
        items = {key: item async for item in every_item(conn) if (key := item_key(item)) not in waiting}
    versions = {key: item.version for key, item in items.items()}
    missing = [items[key] for key in sorted(await outdated_objects(log, REFERENCE, versions, _version_of))]
    for start in range(0, len(missing), _BATCH):
        async with db.transaction() as conn:
            await _publish(conn, missing[start : start + _BATCH], to_ms(clock()))
    return len(missing)


async def _publish(conn: Connection, items: Sequence[Item], timestamp_ms: int) -> None:
    for item in items:
        # An item that was changed meanwhile has told its new version by itself.
        if await lock_version(conn, item):
            await outbox.add(conn, [reference_of(item, timestamp_ms=timestamp_ms)], object_key=item_key(item))


def _version_of(record: StoredRecord) -> int:
    assert record.value is not None
    return decode_reference(record.value).version
