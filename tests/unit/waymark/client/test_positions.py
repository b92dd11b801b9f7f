"""Positions of many writes become one short one that the server reads as all of them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from libs.httpkit.positions import encode_position, parse_min_position
from waymark.client import Recorded
from waymark.client.positions import Positions, min_position

LOG = "74407685-dd12-410f-a686-d2089a9dcd81"
PLACES = st.tuples(st.sampled_from(["waymark.interactions.v1", "waymark.events.v1", "a:b"]), st.integers(0, 5))
OFFSETS = st.dictionaries(PLACES, st.integers(0, 2**63 - 1), max_size=6)


@given(st.lists(OFFSETS, max_size=10))
def test_the_server_reads_the_merged_one_as_all_of_them(writes: list[dict[tuple[str, int], int]]) -> None:
    tokens = [encode_position(LOG, write) for write in writes]
    merged = Positions()
    for token in tokens:
        merged.add(token)
    header = merged.header()
    assert parse_min_position(header, LOG) == parse_min_position(",".join(tokens), LOG)
    assert header is None or "," not in header


def test_positions_it_cannot_read_are_kept_as_they_came_and_only_so_many() -> None:
    positions = Positions()
    for number in range(100):
        positions.add(f"!{number}")
        positions.add(f"!{number}")
    assert (positions.header() or "").split(",") == [f"!{number}" for number in range(68, 100)]


def test_another_log_takes_the_place_of_the_one_before() -> None:
    positions = Positions()
    positions.add(encode_position("old", {("t", 1): 5}))
    positions.add(encode_position(LOG, {("t", 1): 2}))
    assert parse_min_position(positions.header(), LOG) == {("t", 1): 2}


def test_after_takes_what_a_write_returned_its_text_or_several() -> None:
    first, second = (encode_position(LOG, {("t", number): 9}) for number in (1, 2))
    written = Recorded(
        id="i",
        number=1,
        resource_id="r",
        resource_type_id="t",
        action_id="a",
        origin_id="o",
        uow_id="u",
        created_date=datetime(2026, 1, 1, tzinfo=UTC),
        position=first,
    )
    assert min_position(first) == min_position(written) == min_position([written])
    assert parse_min_position(min_position([written, second]), LOG) == {("t", 1): 9, ("t", 2): 9}
    assert min_position([]) is None
