"""Links after any order of arrival are the links of the whole."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.traces.links import Arrival, LinkChange, Stop, between, link_changes, next_to_older
from services.traces.model import Place

START = datetime(2026, 1, 15, 23, 59, 59, tzinfo=UTC)


def stop(at_ms: int, number: int, origin: str) -> Stop:
    return Stop(Place(START + timedelta(milliseconds=at_ms), number, f"id-{number}"), origin)


def arrivals(known: list[Stop], new: list[Stop]) -> list[Arrival]:
    """The new stops between their neighbours, `known` taking them in."""
    for one in new:
        insort(known, one)
    return [
        Arrival(one, known[at - 1] if at else None, known[at + 1] if at + 1 < len(known) else None)
        for at, one in enumerate(known)
        if one in new
    ]


def whole(stops: list[Stop]) -> Counter[LinkChange]:
    ordered = sorted(stops)
    return Counter(
        LinkChange(
            after.place.at,
            before.origin_id,
            after.origin_id,
            (after.place.at - before.place.at) // timedelta(milliseconds=1),
            1,
        )
        for before, after in pairwise(ordered)
    )


@given(st.lists(st.lists(st.tuples(st.integers(0, 3_000), st.sampled_from("ABC")), min_size=1, max_size=5), max_size=8))
def test_any_order_and_split_leaves_the_links_of_the_whole(batches: list[list[tuple[int, str]]]) -> None:
    known: list[Stop] = []
    counts: Counter[LinkChange] = Counter()
    number = 0
    for batch in batches:
        new = []
        for at_ms, origin in batch:
            number += 1
            new.append(stop(at_ms, number, origin))
        for change in link_changes(arrivals(known, new)):
            counts[change._replace(change=1)] += change.change
            assert counts[change._replace(change=1)] >= -len(new)
    assert {link: n for link, n in counts.items() if n} == whole(known)


def test_a_late_interaction_breaks_one_link_and_makes_two() -> None:
    known = [stop(0, 1, "A"), stop(2_000, 2, "B")]
    changes = link_changes(arrivals(known, [stop(500, 3, "C")]))
    made = [(change.from_id, change.to_id, change.latency_ms, change.change) for change in changes]
    assert made == [("A", "C", 500, 1), ("C", "B", 1500, 1), ("A", "B", 2000, -1)]


def test_a_link_belongs_to_the_day_of_the_later_interaction() -> None:
    [change] = link_changes(arrivals([stop(0, 1, "A")], [stop(1_000, 2, "B")]))
    assert str(change.at.date()) == "2026-01-16"


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from("ABC")), max_size=6),
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ABC")), min_size=1, max_size=6),
    st.integers(0, 5),
)
def test_only_stops_next_to_older_ones_need_looking_up(
    old: list[tuple[int, str]], new: list[tuple[int, str]], beyond_ms: int
) -> None:
    known = sorted(stop(at_ms, number, origin) for number, (at_ms, origin) in enumerate(old))
    fresh = sorted(stop(at_ms, len(old) + number, origin) for number, (at_ms, origin) in enumerate(new))
    reached = known[-1].place.at + timedelta(milliseconds=beyond_ms) if known else None
    expected = arrivals(list(known), fresh)
    looked_up = {one.place.id for one in next_to_older(fresh, reached)}
    found = {one.stop.place.id: (one.before, one.after) for one in expected if one.stop.place.id in looked_up}
    assert between(fresh, found) == expected
    assert len(looked_up) <= sum(reached is not None and one.place.at <= reached for one in fresh) + 1
