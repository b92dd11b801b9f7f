"""What a batch may write, and how far it moves its positions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.times import EPOCH
from libs.eventlog.port import StoredRecord, TopicPartition
from libs.projections.positions import Position, PositionsLost, accept_time, advances, is_unread, owned

NOW = datetime(2026, 1, 1, tzinfo=UTC)
A, B = TopicPartition("t", 0), TopicPartition("t", 1)


def stored(place: TopicPartition, offset: int, timestamp_ms: int = 1_000) -> StoredRecord:
    return StoredRecord(*place, offset, "k", b"", (), timestamp_ms)


def test_only_partitions_of_the_writers_epoch_are_owned() -> None:
    found = {A: Position(5, 2), B: Position(6, 3)}
    assert owned(found, {A: Position(5, 2), B: Position(6, 2)}) == {A: 5}
    assert owned(found, {B: Position(4, 3)}) == {B: 6}
    assert owned({}, {A: Position(0, 1)}) == {}


def test_a_database_that_fell_back_is_noticed_in_partitions_that_are_ours() -> None:
    with pytest.raises(PositionsLost, match="t/0 fell back to offset 5"):
        owned({A: Position(5, 2)}, {A: Position(6, 2)})
    assert owned({A: Position(5, 3)}, {A: Position(6, 2)}) == {}


def test_records_below_the_position_or_of_other_partitions_are_skipped() -> None:
    records = [stored(A, 4), stored(B, 4), stored(A, 5), stored(A, 7)]
    assert [record.offset for record in records if is_unread(record, {A: 5})] == [5, 7]


def test_positions_move_behind_the_last_record_and_count_what_was_parked() -> None:
    parts = {A: [stored(A, 5), stored(A, 8, 2_000)], B: [stored(B, 9)]}
    moved = advances(parts, {A: 1}, NOW)
    assert (moved[A].next_offset, moved[A].applied, moved[A].parked) == (9, 1, 1)
    assert (moved[B].next_offset, moved[B].applied, moved[B].parked) == (10, 1, 0)
    assert moved[A].as_of == datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC)


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_timestamp_becomes_a_time_that_is_not_in_the_future(timestamp_ms: int) -> None:
    assert EPOCH <= accept_time(stored(A, 0, timestamp_ms), NOW) <= NOW


@pytest.mark.parametrize(("timestamp_ms", "time"), [(-1, EPOCH), (0, EPOCH), (10**15, NOW)])
def test_nonsense_timestamps_are_held(timestamp_ms: int, time: datetime) -> None:
    assert accept_time(stored(A, 0, timestamp_ms), NOW) == time
