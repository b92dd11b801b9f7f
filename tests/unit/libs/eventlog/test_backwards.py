"""Parts of the log from its end backwards: they meet, and end at the beginnings."""

from __future__ import annotations

from itertools import repeat

from libs.eventlog.backwards import Part, parts_backwards
from libs.eventlog.port import TopicPartition

ONE, TWO, EMPTY = (TopicPartition("t", number) for number in range(3))


def test_parts_meet_and_leave_out_what_is_read_to_its_beginning() -> None:
    beginnings, ends = {ONE: 10, TWO: 0, EMPTY: 5}, {ONE: 14, TWO: 30, EMPTY: 5}
    assert list(parts_backwards(beginnings, ends, repeat(12))) == [
        Part({ONE: 10, TWO: 24}, {ONE: 14, TWO: 30}),
        Part({TWO: 12}, {TWO: 24}),
        Part({TWO: 0}, {TWO: 12}),
    ]
    assert list(parts_backwards(beginnings, ends, (12,))) == [Part({ONE: 10, TWO: 24}, {ONE: 14, TWO: 30})]
