"""What the doctor says of a consumer, by how far it is and since when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from libs.eventlog.port import TopicPartition
from libs.projections.generations import Generation
from libs.projections.operators.overview import ConsumerOverview
from waymark.flow_examination import judge_consumer

PLACE = TopicPartition("waymark.events.v1", 0)


def consumer(next_offset: int, *, age_s: float, stopped: str | None = None) -> ConsumerOverview:
    generation = Generation("queries", "events", 1, 1, "log", "serving", stopped)
    as_of = datetime.now(UTC) - timedelta(seconds=age_s)
    return ConsumerOverview(generation, {PLACE: next_offset}, applied=0, parked=0, as_of=as_of, rebuild=None)


@pytest.mark.parametrize(
    ("next_offset", "age_s", "running", "verdict"),
    [
        (10, 3600, True, (True, "queries.events level")),
        (7, 5, True, (True, "queries.events 3 records behind")),
        (7, 90, True, (False, "queries.events 3 records behind")),
        (7, 90, False, (True, "queries.events 3 records behind")),
    ],
)
def test_only_a_late_consumer_of_a_running_server_is_bad(
    next_offset: int, age_s: float, running: bool, verdict: tuple[bool, str]
) -> None:
    assert judge_consumer(consumer(next_offset, age_s=age_s), {PLACE: 10}, running=running) == verdict


def test_a_stopped_consumer_is_bad_and_says_why() -> None:
    stopped = consumer(10, age_s=0, stopped="too many records were parked")
    assert judge_consumer(stopped, {PLACE: 10}, running=False) == (
        False,
        "queries.events stopped: too many records were parked",
    )
