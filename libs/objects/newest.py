"""The latest state of objects on both sides: the newest records of a compacted topic, and what the database has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from libs.contracts.errors import InvalidRecord
from libs.eventlog.port import EventLog, StoredRecord
from libs.eventlog.reading import read_between
from libs.objects.kinds import Latest, LatestRecord, LatestTopic, ObjectKind, OnLog
from libs.pg.database import Connection

R = TypeVar("R", bound=LatestRecord)


@dataclass(frozen=True, slots=True)
class Known:
    """An object as the database has it, and the version of its latest record."""

    kind: ObjectKind[Any]
    latest: Latest[Any, Any]
    obj: Any
    version: int


def kinds_on(topic: LatestTopic[Any], kinds: Sequence[ObjectKind[Any]]) -> dict[ObjectKind[Any], Latest[Any, Any]]:
    """Return those of the kinds whose latest records are on the topic, in their order."""
    return {kind: kind.latest for kind in kinds if kind.latest is not None and kind.latest.topic is topic}


def topics_of(kinds: Sequence[ObjectKind[Any]]) -> list[LatestTopic[Any]]:
    """Return the topics that hold latest records of the kinds."""
    return list(dict.fromkeys(kind.latest.topic for kind in kinds if kind.latest is not None))


async def known_objects(
    conn: Connection, topic: LatestTopic[Any], kinds: Sequence[ObjectKind[Any]]
) -> dict[str, Known]:
    """Return the objects that the topic should have, by their records' keys (projector role)."""
    known: dict[str, Known] = {}
    for kind, latest in kinds_on(topic, kinds).items():
        async for obj in latest.every(conn):
            if (record := latest.record(obj)) is not None:
                known[topic.key(record)] = Known(kind, latest, obj, record.version)
    return known


async def newest_records(log: EventLog, topic: LatestTopic[R]) -> dict[str, OnLog[R]]:
    """Return by key the record of the highest version, as the topic has it at the time of the call.

    A tombstone ends its key, a record that cannot be read does not count. Raises LogUnavailable.
    """
    newest: dict[str, OnLog[R]] = {}
    starts, ends = await log.beginning_offsets([topic.topic]), await log.end_offsets([topic.topic])
    await read_between(log, starts, ends, lambda record: _note(newest, topic, record))
    return newest


def _note(newest: dict[str, OnLog[R]], topic: LatestTopic[R], record: StoredRecord) -> None:
    if record.key is None:
        return
    if record.value is None:
        newest.pop(record.key, None)
        return
    try:
        found = topic.decode(record.value)
    except InvalidRecord:
        return
    known = newest.get(record.key)
    if known is None or known.record.version <= found.version:
        newest[record.key] = OnLog(found, record.timestamp_ms)
