"""Finding the objects whose latest state a topic does not have, so that their owner can publish them again.

That happens when a log was lost or replaced under a database that still has the objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from libs.contracts.errors import InvalidRecord
from libs.contracts.topics import Topic
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import EventLog, Reader, StoredRecord

_POLL_TIMEOUT_S = 1.0
_MAX_RECORDS = 1_000
_MAX_SILENT_POLLS = 10


async def outdated_objects(
    log: EventLog, topic: Topic, versions: Mapping[str, int], version_of: Callable[[StoredRecord], int]
) -> set[str]:
    """The keys of `versions` (record key to the object's version) that `topic` lacks or has only in lower versions.

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
