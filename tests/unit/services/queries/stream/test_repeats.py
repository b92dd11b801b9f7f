"""Repeats are told from first records, by any reader that has looked back far enough."""

from __future__ import annotations

from libs.contracts.events import encode_event
from libs.contracts.topics import EVENTS
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import StoredRecord, TopicPartition
from libs.records.events import EventRow, decode_event
from services.queries.stream.occurrence import Occurrence
from services.queries.stream.repeats import Remembered, far_back
from tests.support.queries.streaming import made


def occurrence(offset: int, number: int, *, tenant_id: str = "default", partition: int = 0) -> Occurrence[EventRow]:
    """The event of that number, lying there."""
    key, value, headers = encode_event(made(number, tenant_id))
    return Occurrence(StoredRecord(EVENTS.name, partition, offset, key, value, headers, 1), decode_event)


def offsets(found: list[Occurrence[EventRow]]) -> list[int]:
    return [one.offset for one in found]


def test_the_first_of_an_id_stays_however_often_it_comes() -> None:
    remembered = Remembered()
    assert offsets(remembered.first_ones([occurrence(0, 1), occurrence(1, 2), occurrence(2, 1)])) == [0, 1]
    assert offsets(remembered.first_ones([occurrence(3, 1), occurrence(4, 3)])) == [4]


def test_an_id_is_a_tenants_and_a_partitions_own() -> None:
    found = [occurrence(0, 1), occurrence(1, 1, tenant_id="acme"), occurrence(2, 1, partition=1)]
    assert offsets(Remembered().first_ones(found)) == [0, 1, 2]


def test_a_record_that_is_read_again_is_no_repeat() -> None:
    remembered = Remembered()
    remembered.first_ones([occurrence(0, 1)])
    assert offsets(remembered.first_ones([occurrence(0, 1)])) == [0]


def test_what_lies_too_far_back_is_forgotten_unless_it_was_repeated() -> None:
    remembered = Remembered(most=10)
    first = [occurrence(0, 1), occurrence(1, 2), occurrence(8, 2)]
    assert offsets(remembered.first_ones(first)) == [0, 1]
    assert offsets(remembered.first_ones([occurrence(11, 1), occurrence(18, 2)])) == [11]


def test_malformed_records_are_no_repeats() -> None:
    records = [StoredRecord(EVENTS.name, 0, offset, None, b"", (), 1) for offset in (0, 1)]
    malformed = [Occurrence(record, decode_event) for record in records]
    assert offsets(Remembered().first_ones(malformed)) == [0, 1]


async def test_a_reader_begins_far_enough_back_and_never_before_the_log_does() -> None:
    log = MemoryEventLog()
    await log.ensure_topics([EVENTS])
    place = TopicPartition(EVENTS.name, 0)
    log.broker.partitions[place].beginning = 95
    reached = dict.fromkeys(await log.end_offsets([EVENTS]), 100)
    expected = {at: 95 if at == place else 90 for at in reached}
    assert await far_back(log, EVENTS, reached, most=10) == expected
