"""Lists of results: their shape, filters, order and pages."""

from __future__ import annotations

import itertools
import random
from typing import Any

import msgspec

from libs.contracts.critical_interactions import Result
from tests.support.monitoring.defining import create
from tests.support.monitoring.health import Service, result
from tests.support.records import START_MS


async def made(service: Service, count: int = 60) -> list[Result]:
    """Results of a definition, some at the same instant, latest first."""
    rng = random.Random(count)
    definition_id = await create(service.client)
    kinds = [("errored", "timeout"), ("errored", "sequence_violation"), ("aborted", "stopped"), None, None]
    found = []
    for name in range(count):
        ended = rng.choice(kinds)
        changes: dict[str, Any] = {
            "interaction_id": definition_id,
            "key": rng.choice(("user:ann", "user:bob", "k" * 3_000)),
            "version": rng.choice((1, 2)),
        }
        if ended is None:
            found.append(result(name, rng.randrange(20), rng.randrange(400), **changes))
        else:
            found.append(result(name, rng.randrange(20), outcome=ended[0], cause=ended[1], **changes))
    await service.count(*found)
    return sorted(found, key=lambda one: (one.ended_at, one.id), reverse=True)


async def listed(service: Service, **params: Any) -> list[str]:
    """The ids of all pages."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        page = await service.shown("results", **params, **({} if cursor is None else {"cursor": cursor}))
        assert len(page["results"]) <= params.get("limit", 50)
        ids += [one["id"] for one in page["results"]]
        cursor = page["nextCursor"]
        if cursor is None:
            return ids


async def test_a_result_is_shown_as_it_was_recorded_with_its_traces(service: Service) -> None:
    definition_id = await create(service.client)
    one = result("a", duration_ms=150, interaction_id=definition_id, uow_ids=("unit 1", "a/b"))
    await service.count(one)
    page = await service.shown("results")
    traces = ["/api/traces/unit%201", "/api/traces/a%2Fb"]
    assert page == {
        "results": [{**msgspec.json.decode(msgspec.json.encode(one)), "traces": traces}],
        "nextCursor": None,
    }


async def test_pages_go_on_where_the_one_before_ended_in_any_combination_of_filters(service: Service) -> None:
    every = await made(service)
    outcomes, causes, categories = (None, "errored", "completed"), (None, "timeout"), (None, "Good")
    keys, versions = (None, "user:ann", "k" * 3_000), (None, 2)
    ranges: tuple[dict[str, int], ...] = ({}, {"from": START_MS + 5, "to": START_MS + 15})
    for outcome, cause, category, key, version, bounds in itertools.product(
        outcomes, causes, categories, keys, versions, ranges
    ):
        filters = {"outcome": outcome, "cause": cause, "category": category, "key": key, "version": version}
        given = {name: value for name, value in filters.items() if value is not None}
        matching = [
            one.id
            for one in every
            if all(getattr(one, name) == value for name, value in given.items())
            and bounds.get("from", 0) <= one.ended_at < bounds.get("to", 2**60)
        ]
        assert await listed(service, limit=7, **given, **bounds) == matching, given


async def test_another_tenants_results_are_not_shown(service: Service) -> None:
    definition_id = await create(service.client)
    await service.count(result("a", duration_ms=5, interaction_id=definition_id), tenant_id="other")
    assert (await service.shown("results"))["results"] == []
    shown = await service.shown("health", **{"from": START_MS, "to": START_MS + 1})
    assert shown["total"]["total"] == 0
