"""Publishing again the objects whose latest record a compacted topic does not have.

That happens when a log was lost or replaced under a database that still has the objects. Each object is read once more
under its lock before its record is added, so an older state never follows a newer one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from libs.contracts.times import to_ms
from libs.eventlog.port import EventLog
from libs.objects import outbox
from libs.objects.adoption import refuse_newer
from libs.objects.changes import utc_now
from libs.objects.kinds import LatestTopic, ObjectKind, OnLog
from libs.objects.newest import Known, known_objects, newest_records, topics_of
from libs.pg.database import Connection, Database

_BATCH = 200


async def republish(
    log: EventLog, db: Database, kinds: Sequence[ObjectKind[Any]], *, clock: Callable[[], datetime] = utc_now
) -> int:
    """Add the latest records that their topics lack to the outbox, and return how many those are.

    `db` connects as the projector role of the service that has the kinds. Raises LogUnavailable, and OutdatedDatabase
    when a topic has newer objects than the database.
    """
    return sum([await _republish(log, db, topic, kinds, clock) for topic in topics_of(kinds)])


async def _republish(
    log: EventLog,
    db: Database,
    topic: LatestTopic[Any],
    kinds: Sequence[ObjectKind[Any]],
    clock: Callable[[], datetime],
) -> int:
    async with db.transaction(isolation="repeatable_read", readonly=True) as conn:
        known = await known_objects(conn, topic, kinds)
        waiting = await outbox.pending_keys(conn, kinds[0].service, topic.topic.name)
    newest = await newest_records(log, topic)
    await refuse_newer(db, topic, kinds, known, newest)
    missing = sorted(key for key, one in known.items() if key not in waiting and _is_lacking(newest.get(key), one))
    for start in range(0, len(missing), _BATCH):
        async with db.transaction() as conn:
            for key in missing[start : start + _BATCH]:
                await _add_again(conn, known[key], to_ms(clock()))
    return len(missing)


async def _add_again(conn: Connection, known: Known, timestamp_ms: int) -> None:
    present = await known.latest.lock(conn, known.obj)
    if present is not None:
        records = known.kind.latest_records(present, timestamp_ms=timestamp_ms)
        await outbox.add(conn, known.kind.service, records, object_key=known.kind.key(present))


def _is_lacking(found: OnLog[Any] | None, known: Known) -> bool:
    return found is None or found.record.version < known.version
