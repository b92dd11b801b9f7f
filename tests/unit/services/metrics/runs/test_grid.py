"""The grid of scheduled runs: creation, a phase made from the id, then one interval after the other."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.runs.grid import next_due, phase_of

CREATED = datetime(2026, 1, 15, 10, 30, 0, 123_456, tzinfo=UTC)
INTERVALS = st.integers(5, 1440).map(lambda minutes: timedelta(minutes=minutes))
LATER = st.integers(-10, 4 * 10**9).map(lambda ms: CREATED + timedelta(milliseconds=ms))


@given(st.uuids(), INTERVALS, LATER)
def test_the_next_time_is_the_first_of_the_grid_that_lies_ahead(
    metric_id: uuid.UUID, interval: timedelta, now: datetime
) -> None:
    due = next_due(metric_id, CREATED, interval, now)
    first = CREATED.replace(microsecond=123_000) + phase_of(metric_id, interval)
    assert due > now
    assert (due - first) % interval == timedelta(0)
    assert due == first or due - interval <= now
    assert next_due(metric_id, CREATED, interval, due) == due + interval


@given(st.uuids(), INTERVALS)
def test_the_phase_is_less_than_an_interval(metric_id: uuid.UUID, interval: timedelta) -> None:
    assert timedelta(0) <= phase_of(metric_id, interval) < interval


def test_metrics_created_together_are_not_due_together() -> None:
    hour = timedelta(hours=1)
    phases = {phase_of(uuid.UUID(int=number), hour) // timedelta(minutes=6) for number in range(100)}
    assert len(phases) == 10


def test_a_standstill_leaves_one_time_due_and_the_grid_as_it_was() -> None:
    metric_id, hour = uuid.UUID(int=1), timedelta(hours=1)
    first = next_due(metric_id, CREATED, hour, CREATED)
    late = first + 5 * hour + timedelta(minutes=1)
    assert next_due(metric_id, CREATED, hour, late) == first + 6 * hour
