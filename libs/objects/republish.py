"""Publishing again the objects whose latest record a compacted topic does not have.

That happens when a log was lost or replaced under a database that still has the objects. Each object is read once more
under its lock before its record is added, so an older state never follows a newer one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from libs.contracts.errors import InvalidRecord
from libs.contracts.times import to_ms
from libs.contracts.topics import Topic
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import EventLog, Reader, StoredRecord
from libs.objects import outbox
from libs.objects.changes import utc_now
from libs.objects.kinds import Latest, LatestTopic, ObjectKind
from libs.pg.database import Connection, Database

_BATCH = 200
_POLL_TIMEOUT_S = 1.0
_MAX_RECORDS = 1_000
_MAX_SILENT_POLLS = 10


@dataclass(frozen=True, slots=True)
class _Known:
    """An object as the database has it, and the version of its latest record."""

    kind: ObjectKind[Any]
    latest: Latest[Any, Any]
    obj: Any
    version: int


async def republish(
    log: EventLog, db: Database, kinds: Sequence[ObjectKind[Any]], *, clock: Callable[[], datetime] = utc_now
) -> int:
    """Add the latest records that their topics lack to the outbox, and return how many those are.

    `db` connects as the projector role of the service that has the kinds. Raises LogUnavailable.
    """
    topics = dict.fromkeys(kind.latest.topic for kind in kinds if kind.latest is not None)
    return sum([await _republish(log, db, topic, kinds, clock) for topic in topics])


async def _republish(
    log: EventLog,
    db: Database,
    topic: LatestTopic[Any],
    kinds: Sequence[ObjectKind[Any]],
    clock: Callable[[], datetime],
) -> int:
    async with db.transaction(isolation="repeatable_read", readonly=True) as conn:
        known = await _known(conn, topic, kinds)
    versions = {key: one.version for key, one in known.items()}
    missing = sorted(await outdated_objects(log, topic.topic, versions, lambda record: _version(topic, record)))
    for start in range(0, len(missing), _BATCH):
        async with db.transaction() as conn:
            for key in missing[start : start + _BATCH]:
                await _add_again(conn, known[key], to_ms(clock()))
    return len(missing)


async def _known(conn: Connection, topic: LatestTopic[Any], kinds: Sequence[ObjectKind[Any]]) -> dict[str, _Known]:
    """Return what the topic should have, by the records' keys, but for the records that wait in the outbox."""
    known: dict[str, _Known] = {}
    for kind in kinds:
        if kind.latest is None or kind.latest.topic is not topic:
            continue
        waiting = await outbox.pending_keys(conn, kind.service, topic.topic.name)
        async for obj in kind.latest.every(conn):
            record = kind.latest.record(obj)
            if record is not None and (key := topic.key(record)) not in waiting:
                known[key] = _Known(kind, kind.latest, obj, record.version)
    return known


async def _add_again(conn: Connection, known: _Known, timestamp_ms: int) -> None:
    present = await known.latest.lock(conn, known.obj)
    if present is not None:
        records = known.kind.latest_records(present, timestamp_ms=timestamp_ms)
        await outbox.add(conn, known.kind.service, records, object_key=known.kind.key(present))


def _version(topic: LatestTopic[Any], record: StoredRecord) -> int:
    assert record.value is not None
    version: int = topic.decode(record.value).version
    return version


async def outdated_objects(
    log: EventLog, topic: Topic, versions: Mapping[str, int], version_of: Callable[[StoredRecord], int]
) -> set[str]:
    """Return the keys of `versions` (record key to version) that `topic` lacks or has only in lower versions.

    Reads the topic to its end as of the call. A record for which `version_of` raises InvalidRecord does not count.
    Raises LogUnavailable.
    """
    newest: dict[str, int] = {}
    reader = await log.reader(await log.beginning_offsets([topic]))
    try:
        await _read_to_end(log, topic, reader, lambda record: _note(newest, record, version_of))
    finally:
        await reader.stop()
    return {key for key, version in versions.items() if newest.get(key, -1) < version}


def _note(newest: dict[str, int], record: StoredRecord, version_of: Callable[[StoredRecord], int]) -> None:
    if record.key is None:
        return
    if record.value is None:
        newest.pop(record.key, None)
        return
    try:
        version = version_of(record)
    except InvalidRecord:
        return
    newest[record.key] = max(version, newest.get(record.key, -1))


async def _read_to_end(log: EventLog, topic: Topic, reader: Reader, take: Callable[[StoredRecord], None]) -> None:
    ends = await log.end_offsets([topic])
    silent = 0
    while any(reader.positions[tp] < end for tp, end in ends.items()):
        records = await reader.poll(timeout_s=_POLL_TIMEOUT_S, max_records=_MAX_RECORDS)
        silent = 0 if records else silent + 1
        if silent > _MAX_SILENT_POLLS:
            raise LogUnavailable(f"reading {topic.name} to its end does not get there")
        for record in records:
            take(record)
