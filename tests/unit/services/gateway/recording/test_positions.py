"""A request's position is behind every one of its records."""

from __future__ import annotations

from libs.eventlog.port import Appended
from libs.httpkit.positions import decode_position
from services.gateway.recording.positions import NextOffsets, WritePositions, advance

POSITIONS = WritePositions("log-1")


def test_it_is_behind_the_last_record_of_each_partition() -> None:
    places = [Appended("t", 1, 4), Appended("t", 1, 3), Appended("t", 0, 9), Appended("u", 1, 0)]
    position = POSITIONS.after(places)
    assert position is not None
    assert decode_position(position.decode(), "log-1") == {("t", 1): 5, ("t", 0): 10, ("u", 1): 1}


def test_one_record_has_the_position_it_has_among_others() -> None:
    assert POSITIONS.after_one(Appended("t", 1, 4)) == POSITIONS.after([Appended("t", 1, 4)])


def test_what_was_not_written_has_none() -> None:
    assert POSITIONS.after([]) is None


def test_positions_never_go_back() -> None:
    reached: NextOffsets = {("t", 0): 7}
    advance(reached, [Appended("t", 0, 2), Appended("t", 1, 2)])
    assert reached == {("t", 0): 7, ("t", 1): 3}
