"""Editions: what begins one, which series they share, which runs are asked for, and what is left at their end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from libs.httpkit.errors import NotFound
from libs.objects.names import NameTaken
from services.metrics.definitions.errors import MetricLimitReached
from services.metrics.definitions.model import MAX_METRICS
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.looking import Looking


async def test_metrics_of_one_source_share_a_series_until_its_last_edition_is_gone(
    definitions: Definitions, look: Looking
) -> None:
    conditions: dict[str, Any] = {"country": "DE", "amount": 1}
    one = await definitions.create("one", filter_conditions=conditions)
    other = await definitions.create(
        "other",
        aggregate_function="sum",
        window_days=None,
        compute_mode="realtime",
        filter_conditions=dict(reversed(conditions.items())),
    )
    await definitions.create("apart", filter_conditions={**conditions, "amount": True})
    await definitions.create("none")
    await definitions.create("none either", filter_conditions={})
    assert await look.series() == [False, False, False]
    await definitions.delete(one.id)
    assert await look.series() == [False, False, False]
    await definitions.delete(other.id)
    assert await look.series() == [True, False, False]
    await definitions.create("again", filter_conditions=conditions)
    assert await look.series() == [True, False, False, False]


async def test_a_change_of_what_is_computed_begins_an_edition(definitions: Definitions, look: Looking) -> None:
    metric = await definitions.create()
    assert await look.editions(metric) == [(1, "building", 1, "count")]
    assert await look.runs(metric) == [("backfill", "all", "waiting", 1)]
    changed = await definitions.update(metric, aggregate_function="sum")
    assert (changed.version, changed.edition) == (2, 2)
    assert await look.editions(metric) == [(1, "retired", 1, "count"), (2, "building", 2, "sum")]
    assert await look.runs(metric) == [("backfill", "all", "failed", 1), ("backfill", "all", "waiting", 2)]
    assert await look.serve(changed)
    assert not await look.serve(metric)
    more: list[dict[str, Any]] = [{"window_days": 7}, {"source_field": "refund"}, {"sql_filter": "a > 1"}]
    for number, changes in enumerate(more, 3):
        changed = await definitions.update(metric, **changes)
        assert (changed.edition, changed.serving) == (number, 2)
    assert [(edition, state) for edition, state, *_ in await look.editions(metric)] == [
        (1, "retired"),
        (2, "serving"),
        (3, "retired"),
        (4, "retired"),
        (5, "building"),
    ]
    assert await look.series() == [False, True, False]
    before = await look.revision()
    assert await look.serve(changed)
    assert await look.revision() == before + 1
    assert await look.series() == [True, True, False]


async def test_other_changes_go_on_with_the_edition_and_some_ask_for_a_run(
    definitions: Definitions, look: Looking
) -> None:
    metric = await definitions.create()
    await look.serve(metric)
    before = await look.revision()
    changes: list[dict[str, Any]] = [
        {"name": "Purchases", "description": "x"},
        {"batch_interval_min": 5, "status": "paused"},
        {"status": "active"},
        {"compute_mode": "realtime"},
    ]
    for fields in changes:
        changed = await definitions.update(metric, **fields)
    assert (changed.version, changed.edition) == (5, 1)
    assert await look.editions(metric) == [(1, "serving", 5, "count")]
    assert await look.runs(metric) == [("backfill", "all", "waiting", 1)]
    await look.rows("UPDATE runs SET state = 'done'")
    for status in ("paused", "active", "paused", "active"):
        await definitions.update(metric, status=status)
    assert await look.runs(metric) == [
        ("backfill", "all", "done", 1),
        ("scheduled", "all", "failed", 1),
        ("scheduled", "all", "waiting", 1),
    ]
    assert await look.revision() == before


async def test_what_changes_nothing_makes_no_version(definitions: Definitions, look: Looking) -> None:
    metric = await definitions.create(filter_conditions={"a": 1, "b": 2})
    same = await definitions.update(metric, filter_conditions={"b": 2, "a": 1}, name="purchases")
    assert same.version == 1
    assert (await definitions.update(metric, filter_conditions={"a": True, "b": 2})).edition == 2


async def test_of_a_deleted_metric_only_retired_editions_are_left(definitions: Definitions, look: Looking) -> None:
    metric = await definitions.create()
    await look.serve(metric)
    await definitions.delete(metric.id)
    assert await look.editions(metric) == [(1, "retired", 1, "count")]
    assert await look.runs(metric) == []
    assert await look.rows("SELECT id FROM definitions") == []
    states = await look.rows("SELECT version, state IS NULL FROM object_versions ORDER BY version")
    assert states == [(1, False), (2, True)]
    assert not await look.serve(metric)
    with pytest.raises(NotFound):
        await definitions.delete(metric.id)
    await definitions.create()


async def test_names_are_taken_in_any_case(definitions: Definitions) -> None:
    await definitions.create("Käufe")
    other = await definitions.create("other")
    with pytest.raises(NameTaken, match="'KÄUFE'"):
        await definitions.create("KÄUFE")
    with pytest.raises(NameTaken):
        await definitions.update(other, name="käufe")


async def test_a_tenant_has_20_metrics_at_most_also_when_they_come_at_once(
    definitions: Definitions, look: Looking
) -> None:
    for number in range(MAX_METRICS - 1):
        await definitions.create(str(number))
    made = await asyncio.gather(*(definitions.create(name) for name in ("a", "b", "c")), return_exceptions=True)
    assert sorted(type(one) is MetricLimitReached for one in made) == [False, True, True]
    assert all(str(MAX_METRICS) in str(one) for one in made if isinstance(one, MetricLimitReached))
    assert await look.series() == [False]
    assert await look.revision() == MAX_METRICS
