"""Requests for runs: those that a change of a metric makes, ends or sets back, and the rows on the schedule by then."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from libs.contracts.topics import EVENTS
from services.metrics.runs.errors import MetricPaused
from services.metrics.runs.grid import next_due
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.looking import Looking


async def test_a_new_metric_waits_for_its_first_run_and_for_the_next_time_of_its_grid(
    definitions: Definitions, look: Looking
) -> None:
    metric = await definitions.create(batch_interval_min=5)
    assert await look.runs(metric) == [("backfill", "all", "waiting", 1)]
    assert len(await look.due("run")) == 1
    due_at = next_due(metric.id, metric.created_at, timedelta(minutes=5), metric.created_at)
    assert await look.due("interval") == [(str(metric.id), due_at)]


async def test_a_change_of_the_interval_moves_the_grid(definitions: Definitions, look: Looking) -> None:
    metric = await definitions.create(batch_interval_min=5)
    metric = await definitions.update(metric, batch_interval_min=1440)
    due_at = next_due(metric.id, metric.created_at, timedelta(days=1), metric.updated_at)
    assert await look.due("interval") == [(str(metric.id), due_at)]


async def test_a_new_edition_ends_the_runs_of_the_one_that_was_being_built(
    definitions: Definitions, look: Looking
) -> None:
    metric = await definitions.create()
    await look.end_first_run(metric)
    second = await definitions.update(metric, window_days=7)
    third = await definitions.update(metric, window_days=1)
    assert (await look.runs(metric))[1:] == [
        ("backfill", "all", "failed", second.edition),
        ("backfill", "all", "waiting", third.edition),
    ]
    assert len(await look.due("run")) == 1


async def test_a_pause_stops_runs_and_a_resumed_metric_has_all_its_values_computed(
    definitions: Definitions, look: Looking
) -> None:
    metric = await definitions.create()
    await look.end_first_run(metric)
    await definitions.request_run(metric)
    metric = await definitions.update(metric, status="paused", window_days=7)
    with pytest.raises(MetricPaused):
        await definitions.request_run(metric)
    assert (await look.due("run"), await look.due("interval")) == ([], [])
    assert (await look.runs(metric))[1:] == [("manual", "all", "failed", 1), ("backfill", "all", "waiting", 2)]
    metric = await definitions.update(metric, status="active")
    assert (await look.runs(metric))[2:] == [("backfill", "all", "waiting", 2), ("scheduled", "all", "waiting", 1)]
    assert len(await look.due("run")) == 2
    assert len(await look.due("interval")) == 1


async def test_a_manual_run_that_has_not_begun_serves_later_requests_too(
    definitions: Definitions, look: Looking
) -> None:
    metric = await definitions.create()
    one, other = await definitions.request_run(metric, 3), await definitions.request_run(metric, 4)
    assert isinstance(one.id, uuid.UUID)
    assert (one.id, other.wanted) == (other.id, [[EVENTS.name, 0, 4]])
    assert (await look.runs(metric))[1:] == [("manual", "all", "waiting", 1)]


async def test_nothing_is_left_of_a_deleted_metric(definitions: Definitions, look: Looking) -> None:
    metric = await definitions.create()
    await definitions.request_run(metric)
    await definitions.delete(metric.id)
    assert await look.runs(metric) == []
    assert (await look.due("run"), await look.due("interval")) == ([], [])
