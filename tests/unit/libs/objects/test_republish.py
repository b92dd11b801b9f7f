"""Objects that a topic lacks, or knows only in older versions, are found."""

from libs.contracts.errors import InvalidRecord
from libs.contracts.topics import REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record, StoredRecord
from libs.objects.republish import outdated_objects


def version_of(record: StoredRecord) -> int:
    if not (record.value or b"").isdigit():
        raise InvalidRecord("not a version")
    return int(record.value or b"")


async def test_missing_and_older_objects_are_outdated() -> None:
    log = MemoryEventLog()
    await log.ensure_topics([REFERENCE])
    last = {"level": b"3", "older": b"1", "ahead": b"9", "ended": b"5", "unreadable": b"?"}
    await log.append([Record(REFERENCE.name, key, value, (), 1) for key, value in last.items()])
    await log.append([Record(REFERENCE.name, "ended", None, (), 1), Record(REFERENCE.name, "ahead", b"2", (), 1)])
    versions = {"level": 3, "older": 2, "ahead": 8, "ended": 5, "unreadable": 0, "missing": 0}
    assert await outdated_objects(log, REFERENCE, versions, version_of) == {"older", "ended", "unreadable", "missing"}


async def test_nothing_is_outdated_without_objects() -> None:
    log = MemoryEventLog()
    await log.ensure_topics([REFERENCE])
    assert await outdated_objects(log, REFERENCE, {}, version_of) == set()
