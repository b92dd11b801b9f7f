"""A preview comes to what the matcher says of the same records, and counts it as health does."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.eventlog.port import StoredRecord
from services.monitoring.preview.bodies import Span
from services.monitoring.preview.engine import Preview
from tests.support.matching import WATERMARK_MS, Course, walk
from tests.support.monitoring.definitions import definition, pattern
from tests.support.monitoring.sources import done, stored
from tests.support.records import START_MS

LONG_MS = 86_400_000
COURSE = Course.of("A B !X C", globals="G", threshold_ms=20_000)
DEFINITION = definition(
    "A",
    "B",
    pattern("X", is_blacklisted=True),
    "C",
    global_blacklisted_events=(pattern("G", is_blacklisted=True),),
    threshold_in_ms=20_000,
)


def previewed(records: list[StoredRecord], *, limit: int = 100, to_ms: int = START_MS + LONG_MS) -> dict[str, Any]:
    """Preview records in one stretch."""
    span = Span(START_MS, to_ms)
    preview = Preview(DEFINITION, "acme", span, watermark_ms=WATERMARK_MS, limit=limit)
    steps = [step for record in records for step in preview.sift(record)]
    preview.walk(steps, to_ms)
    return preview.content(to_ms, is_truncated=False)


def flow(number: int, at: int, *actions: str, pause_ms: int = 100, user: str = "ann") -> list[StoredRecord]:
    """What a user does one after the other, from `at` on."""
    times = [START_MS + at + pause_ms * place for place in range(len(actions))]
    return [
        stored(done(number + place, action, time, time, user=user), number + place)
        for place, (action, time) in enumerate(zip(actions, times, strict=True))
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from("AABBCCXGZ"), st.integers(0, 9_000), st.integers(0, 4_000)), min_size=1, max_size=12
    )
)
def test_it_comes_to_what_the_matcher_says(acts: list[tuple[str, int, int]]) -> None:
    records: list[tuple[str, int, int]] = []
    accepted_at = 10_000
    for name, behind_ms, pause_ms in acts:
        accepted_at += pause_ms
        records.append((name, accepted_at - behind_ms, accepted_at))
    walked = walk(COURSE, records)
    found = previewed(
        [
            stored(done(number, name, START_MS + event_at, START_MS + accepted), number)
            for number, (name, event_at, accepted) in enumerate(records)
        ]
    )
    causes = Counter(end.cause or "completed" for end in walked.ended)
    total = found["total"]
    assert Counter({**total["errors"], **total["aborts"], "completed": total["completed"]}) == causes
    assert (found["late"], found["open"], found["scanned"]) == (walked.late, 0, len(records))
    assert found["relevant"] == sum(name != "Z" for name, _, _ in records)
    assert sorted(one["endedAt"] - START_MS for one in found["results"]) == sorted(end.ended_at for end in walked.ended)


def test_figures_results_and_limits_are_those_of_health() -> None:
    records = [one for n in range(20) for one in flow(10 * n, 60_000 * n, "A", "B", "C", pause_ms=50 + 5 * n)]
    found = previewed(records, limit=1)
    total = found["total"]
    assert (total["completed"], total["categories"]) == (20, {"excellent": 1, "good": 10, "average": 9, "poor": 0})
    assert total["p50"] == pytest.approx(190, rel=0.01)
    assert total["throughputPerMinute"] == 20 / (LONG_MS / 60_000)
    assert total["apdex"] == pytest.approx(sum(min(1, 1 - (10 * n) / 200) for n in range(20)) / 20)
    (latest,) = found["results"]
    assert (latest["durationMs"], latest["key"], latest["interactionId"]) == (290, "user:ann", 0)
    assert latest["traces"] == ["/api/traces/unit-190", "/api/traces/unit-191", "/api/traces/unit-192"]
    assert found["suggestedLimits"]["sample"] == 20


def test_what_is_open_at_the_end_is_counted_as_open() -> None:
    found = previewed(flow(0, 0, "A", "B"), to_ms=START_MS + 20_000)
    assert (found["open"], found["total"]["total"], found["relevant"]) == (1, 0, 2)


def test_only_the_tenants_records_of_the_span_are_looked_at() -> None:
    others = [
        stored(done(1, "A", START_MS, START_MS, tenant_id="other"), 0),
        stored(done(2, "A", START_MS, START_MS - 1), 1),
        stored(done(3, "A", START_MS, START_MS + LONG_MS), 2),
        StoredRecord("waymark.interactions.v1", 0, 3, None, b"", (), START_MS),
    ]
    found = previewed([*others, *flow(10, 0, "A", "B", "C")])
    assert (found["scanned"], found["relevant"], found["total"]["completed"]) == (3, 3, 1)


def test_a_record_that_comes_again_is_taken_once() -> None:
    records = flow(0, 0, "A", "B", "C")
    found = previewed([records[0], *records])
    assert (found["relevant"], found["total"]["completed"], found["total"]["total"]) == (3, 1, 1)
