"""The walk through one critical interaction: the table of its rules, and what order, time and room do to it."""

from __future__ import annotations

import pytest

from libs.contracts.monitoring_steps import STOPPED, Closing
from services.monitoring.matches import matcher
from services.monitoring.matches.matcher import IDLE_MS, MAX_HELD, DefinitionMatches, KeyState, KeyWalk
from tests.support.matching import WATERMARK_MS, Course, held, walk


def at_once(text: str) -> list[tuple[str, int, int]]:
    """Records `A10 C30`: event times, each accepted when it happened."""
    return [(name[0], int(name[1:]), int(name[1:])) for name in text.split()]


def closing(version: int) -> Closing:
    """The end of the definition by its version `version`, at 1,000."""
    return Closing(definition_id=1, version=version, at=1_000, cause=STOPPED, watermark_ms=WATERMARK_MS)


@pytest.mark.parametrize(
    ("events", "forbidden", "threshold_ms", "records", "expected"),
    [
        ("A B", "", 60_000, "A1 A2 B3", ["errored (sequence_violation) at 2", "completed in 1"]),
        ("A B C", "", 60_000, "A1 B2 B3 C4", ["errored (sequence_violation) at 3"]),
        ("A B C", "", 60_000, "A1 C2 B3", ["errored (sequence_violation) at 2"]),
        ("A !X B C", "", 60_000, "A1 X2", ["aborted (forbidden) at 2"]),
        ("A !X B C", "", 60_000, "A1 B2 X3", ["errored (sequence_violation) at 3"]),
        ("A !X !Y B", "", 60_000, "A1 Y2", ["aborted (forbidden) at 2"]),
        ("A !X !Y B", "", 60_000, "A1 B5", ["completed in 4"]),
        ("A B", "G", 60_000, "G1 A2 B3", ["completed in 1"]),
        ("A B", "G", 60_000, "A1 G2", ["aborted (global) at 2"]),
        ("A A", "", 60_000, "A1 A2 A3 A4", ["completed in 1", "completed in 1"]),
        ("A", "", 60_000, "A1", ["completed in 0"]),
        ("A B", "", 20_000, "A0 B25000", ["errored (timeout) at 20000"]),
        ("A B", "", 20_000, "A0 B20000", ["completed in 20000"]),
        ("A B C", "", 20_000, "A0 B19000 C38000", ["completed in 38000"]),
        ("A B", "", 20_000, "A0", ["errored (timeout) at 20000"]),
        ("A B", "", 20_000, "B0", []),
        ("A B", "", 20_000, "A0 Z1 B2", ["completed in 2"]),
        ("A B", "", 20_000, "A0 A25000 B26000", ["errored (timeout) at 20000", "completed in 1000"]),
        ("A !X A", "", 60_000, "A0 A1", ["completed in 1"]),
        ("A !A B", "", 60_000, "A0 A1", ["aborted (forbidden) at 1"]),
    ],
)
def test_the_rules(events: str, forbidden: str, threshold_ms: int, records: str, expected: list[str]) -> None:
    course = Course.of(events, globals=forbidden, threshold_ms=threshold_ms)
    assert walk(course, at_once(records)).outcomes == expected


@pytest.mark.parametrize(
    ("events", "records", "expected"),
    [
        ("A B C", [("A", 10, 100), ("C", 30, 110), ("B", 20, 120)], ["completed in 20"]),
        ("A B", [("B", 30, 100), ("A", 10, 110)], ["completed in 20"]),
    ],
)
def test_what_is_accepted_within_the_watermark_takes_its_place(
    events: str, records: list[tuple[str, int, int]], expected: list[str]
) -> None:
    walked = walk(Course.of(events), records)
    assert (walked.outcomes, walked.late) == (expected, 0)


def test_a_record_before_what_its_key_has_decided_is_late_and_changes_nothing() -> None:
    after = 100 + WATERMARK_MS + 1
    walked = walk(Course.of("A B"), [("A", 30, 100), ("A", 10, after), ("B", 40, after + 1)])
    assert (walked.outcomes, walked.late) == (["completed in 10"], 1)


def test_a_release_walks_only_what_was_accepted_by_its_instant() -> None:
    """The tick that lets it happen comes later than both, and still the second is late."""
    course = Course.of("A B")
    key = KeyWalk(DefinitionMatches({1: course.rules}, 9), KeyState())
    for name, event_at, accepted_at in (("B", 30, 100), ("A", 10, 100 + WATERMARK_MS + 1)):
        hit = course.hit(name)
        assert hit is not None
        key.add(held(name, event_at, accepted_at, [hit]), 0)
    key.advance(10**9)
    assert key.ended == []
    assert key.state.open is None


def test_time_that_passes_in_one_step_or_in_many_comes_to_the_same() -> None:
    course = Course.of("A B", threshold_ms=20)
    records = [("A", 0, 0), ("B", 15, 6_000), ("A", 40, 6_001), ("B", 90, 6_002)]
    hits = {name: [hit] for name in "AB" if (hit := course.hit(name)) is not None}

    def ended(every_ms: int) -> list[str]:
        key = KeyWalk(DefinitionMatches({1: course.rules}, 9), KeyState())
        for offset, (name, event_at, accepted_at) in enumerate(records):
            key.add(held(name, event_at, accepted_at, hits[name], offset=offset), 0)
        for clock_ms in range(0, 20_000, every_ms):
            key.advance(clock_ms)
        return [f"{end.cause} {end.ended_at} {end.decided_at}" for end in key.ended]

    assert ended(1) == ended(19_999) != []


def test_a_match_times_out_by_itself_a_watermark_after_its_threshold() -> None:
    course = Course.of("A B", threshold_ms=20_000)
    early = walk(course, [("A", 0, 100)], until_ms=100 + 20_000 + WATERMARK_MS - 1)
    assert early.outcomes == []
    assert early.state.open is not None
    assert walk(course, [("A", 0, 100)], until_ms=100 + 20_000 + WATERMARK_MS).outcomes == [
        "errored (timeout) at 20000"
    ]


def test_a_timeout_counts_from_when_the_last_step_was_accepted_also_where_an_earlier_step_was_accepted_later() -> None:
    records = [("B", 10, 100), ("A", 0, 200)]
    course = Course.of("A B C", threshold_ms=20_000)
    assert walk(course, records, until_ms=100 + 20_000 + WATERMARK_MS - 1).outcomes == []
    assert walk(course, records, until_ms=100 + 20_000 + WATERMARK_MS).outcomes == ["errored (timeout) at 20010"]


def test_what_is_released_at_the_instant_of_a_timeout_is_walked_before_it() -> None:
    """The record is nothing to the open match, and not late either."""
    first, second = Course.of("A B", version=1, threshold_ms=1_000), Course.of("C", version=2)
    matches = DefinitionMatches({1: first.rules, 2: second.rules}, 9)
    key = KeyWalk(matches, KeyState())
    for course, name, event_at, accepted_at in ((first, "A", 0, 0), (second, "C", 500, 1_000)):
        hit = course.hit(name)
        assert hit is not None
        key.add(held(name, event_at, accepted_at, [hit]), 0)
    key.advance(10**9)
    assert [end.cause for end in key.ended] == ["timeout"]
    assert sum(tally.late for tally in matches.tallies.values()) == 0


def test_a_record_that_is_held_and_may_still_be_in_time_keeps_a_match_open() -> None:
    """B comes when the time is nearly up, and is released when it is over."""
    course = Course.of("A B", threshold_ms=1_000)
    walked = walk(course, [("A", 0, 0), ("B", 900, 1_000 + WATERMARK_MS - 1)])
    assert walked.outcomes == ["completed in 900"]


def test_a_record_that_waits_for_nothing_is_due_at_the_clock_that_it_met() -> None:
    course = Course.of("A B")
    hit = course.hit("A")
    assert hit is not None
    key = KeyWalk(DefinitionMatches({1: course.rules}, 9), KeyState())
    key.add(held("A", 100, 100, [hit], clock_ms=100, watermark_ms=0), 100)
    assert key.due_ms() == 100


def test_an_irrelevant_record_does_not_rearm_the_threshold() -> None:
    assert walk(Course.of("A B", threshold_ms=20), at_once("A0 Z15 B30")).outcomes == ["errored (timeout) at 20"]


def test_a_closing_ends_what_was_opened_by_a_version_before_it() -> None:
    course = Course.of("A B", threshold_ms=100_000)
    assert walk(course, [("A", 0, 1_000)], closings=[closing(2)]).outcomes == ["aborted (stopped) at 1000"]
    assert walk(course, [("A", 0, 999), ("B", 5, 20_000)], closings=[closing(1)]).outcomes == ["completed in 5"]


def test_a_record_that_was_judged_before_the_end_of_its_version_and_comes_after_the_closing_opens_nothing_to_stay() -> (
    None
):
    """The clock had passed when it came, or its gateway's clock is ahead of the one that dates changes."""
    course = Course.of("A B", threshold_ms=100_000)
    walked = walk(course, [("Z", 0, 1_000 + WATERMARK_MS), ("A", 0, 990)], closings=[closing(2)], until_ms=20_000)
    assert walked.outcomes == ["aborted (stopped) at 1000"]


def test_a_closing_lets_first_happen_what_was_accepted_before_it() -> None:
    walked = walk(Course.of("A B"), [("A", 0, 100), ("B", 7, 1_000)], closings=[closing(2)])
    assert walked.outcomes == ["completed in 7"]


def test_a_match_goes_on_by_the_version_it_was_opened_with_and_a_new_one_by_the_next() -> None:
    first, second = Course.of("A B", version=1), Course.of("A C", version=2)
    key = KeyWalk(DefinitionMatches({1: first.rules, 2: second.rules}, 9), KeyState())
    for at, name, courses in ((0, "A", (first,)), (1, "C", (second,)), (2, "B", (first,)), (3, "A", (first, second))):
        hits = [hit for course in courses if (hit := course.hit(name, current=course is courses[-1])) is not None]
        key.add(held(name, at, at, hits, offset=at), 0)
    hit = second.hit("C")
    assert hit is not None
    key.add(held("C", 4, 4, [hit], offset=4), 0)
    key.advance(10**9)
    assert [(end.match.version, end.outcome, end.ended_at) for end in key.ended] == [
        (1, "completed", 2),
        (2, "completed", 4),
    ]


def test_beyond_the_room_no_match_is_opened() -> None:
    walked = walk(Course.of("A B"), at_once("A1 B2"), room=0)
    assert (walked.outcomes, walked.not_opened, walked.matches.open_count) == ([], 1, 0)


def test_beyond_the_most_that_are_held_the_first_accepted_is_released() -> None:
    course = Course.of("A B", threshold_ms=10**9)
    records = [("A", 0, 0)] + [("B", 10_000 - at, 0) for at in range(MAX_HELD)]
    walked = walk(course, records, until_ms=0)
    assert len(walked.state.held) == MAX_HELD
    assert walked.state.progress == 0


def test_what_is_released_before_its_time_lets_those_go_first_that_precede_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still, and the one that happened first was accepted last but within the watermark."""
    monkeypatch.setattr(matcher, "MAX_HELD", 2)
    course = Course.of("A B")
    key = KeyWalk(DefinitionMatches({1: course.rules}, 9), KeyState())
    for offset, (name, event_at, accepted_at) in enumerate((("B", 30, 100), ("A", 10, 110), ("A", 40, 120))):
        hit = course.hit(name)
        assert hit is not None
        key.add(held(name, event_at, accepted_at, [hit], offset=offset), 0)
    assert [end.outcome for end in key.ended] == ["completed"]


def test_of_those_accepted_at_once_the_first_in_order_is_released_before_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matcher, "MAX_HELD", 2)
    records = [(name, at, 100) for name, at in (("B", 30), ("A", 10), ("B", 20))]
    walked = walk(Course.of("A B"), records, until_ms=100)
    assert [record.name for record in walked.state.held] == ["B", "B"]


@pytest.mark.parametrize("watermark_ms", [0, 7])
def test_a_record_that_meets_a_clock_that_has_reached_it_is_due(watermark_ms: int) -> None:
    course = Course.of("A")
    hit = course.hit("A")
    assert hit is not None
    key = KeyWalk(DefinitionMatches({1: course.rules}, 9), KeyState())
    key.add(held("A", 90, 90, [hit], clock_ms=100, watermark_ms=watermark_ms), 100)
    assert key.due_ms() == 100 + watermark_ms


def test_a_key_is_forgotten_once_it_was_idle_for_a_minute() -> None:
    walked = walk(Course.of("A"), at_once("A100"))
    assert not walked.state.is_forgotten(100 + IDLE_MS - 1)
    assert walked.state.is_forgotten(100 + IDLE_MS)


def test_the_result_of_a_dimension_is_its_first_value() -> None:
    course = Course.of("A B")
    key = KeyWalk(DefinitionMatches({1: course.rules}, 9), KeyState())
    for at, name, dimensions in ((0, "A", (None, "x", None)), (1, "B", ("y", "z", None))):
        hit = course.hit(name, dimensions=dimensions)
        assert hit is not None
        key.add(held(name, at, at, [hit], offset=at), 0)
    key.advance(10**9)
    assert key.ended[0].match.dimensions == ["y", "x", None]
