"""Of each object the newest record on a topic is found, whatever lies around it."""

from __future__ import annotations

from libs.contracts.reference import ReferenceRecord, encode_reference
from libs.contracts.topics import REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record
from libs.objects.kinds import REFERENCE_RECORDS
from libs.objects.newest import newest_records


def record(name: str, version: int) -> Record:
    reference = ReferenceRecord(kind="note", tenant_id="t1", id=name, version=version, data={})
    return Record(REFERENCE.name, *encode_reference(reference, timestamp_ms=version), timestamp_ms=version)


async def test_the_highest_version_of_each_object_is_the_newest() -> None:
    log = MemoryEventLog()
    await log.ensure_topics([REFERENCE])
    await log.append([record("level", 3), record("late", 9), record("ended", 5), record("again", 5)])
    ends = [Record(REFERENCE.name, f"note:t1:{name}", None, (), 1) for name in ("ended", "again")]
    unreadable = Record(REFERENCE.name, "note:t1:unreadable", b"?", (), 1)
    await log.append([record("late", 2), *ends, unreadable, record("again", 1)])

    newest = await newest_records(log, REFERENCE_RECORDS)

    assert {one.record.id: one.record.version for one in newest.values()} == {"level": 3, "late": 9, "again": 1}
    assert newest["note:t1:late"].timestamp_ms == 9


async def test_nothing_is_newest_on_an_empty_topic() -> None:
    log = MemoryEventLog()
    await log.ensure_topics([REFERENCE])
    assert await newest_records(log, REFERENCE_RECORDS) == {}
