"""The search in random combinations of filters, and the graph of origins, against each record looked at."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from libs.contracts import paths
from libs.contracts.reference import ACTION, CATALOG_KINDS, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import format_ms
from libs.eventlog.port import StoredRecord
from libs.httpkit.errors import Unavailable
from libs.pg.sql_files import SqlFile
from libs.projections.generations import ReadModel
from libs.records.catalog import Catalog
from services.traces import store
from services.traces.model import TRACES_MODEL, Criteria, PageRequest
from services.traces.reads import TracesReads
from tests.support.records import NAMES, START_MS, interaction, recorded
from tests.support.traces.serving import TRACES, Service
from tests.support.traces.world import World, event
from tests.support.unfiltered import unfiltered

GRAPH = "/api/origins/graph"
DAY_MS = 86_400_000
USERS = (None, "ann", "bob")
Facts = dict[str, Any]


def made_up(rng: random.Random, count: int) -> tuple[list[StoredRecord], list[Facts]]:
    """Traces of up to six records each, and what a search must know of them."""
    records: list[StoredRecord] = []
    facts: list[Facts] = []
    number = 0
    for unit in range(count):
        begins = rng.choice((0, DAY_MS)) + rng.randrange(DAY_MS)
        steps: list[Facts] = []
        for at in range(rng.randrange(1, 6)):
            number += 1
            kinds = {kind: rng.choice(NAMES[kind]) for kind in CATALOG_KINDS}
            user, at_ms = rng.choice(USERS), begins + at * rng.randrange(3_000)
            body = interaction(
                number, uow_id=f"u{unit}", user_id=user, interaction_timestamp=format_ms(START_MS + at_ms), **kinds
            )
            records.append(recorded(body))
            steps.append({**kinds, "user": user, "at": at_ms, "number": number})
        if rng.random() < 0.3:
            at_ms = begins + rng.randrange(5_000)
            records.append(event(unit, f"u{unit}", at_ms, actor_id="eve", resource_type="Shipment"))
            steps.append({RESOURCE_TYPE: "Shipment", "user": "eve", "at": at_ms})
        if rng.random() < 0.4:
            at_ms, name, code = begins, rng.choice(("GET /", "charge")), rng.choice(("OK", "ERROR", "UNSET"))
            service = rng.choice(("shop", "Billing"))
            span = {"spanId": "s", "name": name, "status": {"code": code}}
            records.append(
                event(
                    f"s{unit}", f"u{unit}", at_ms, resource_type="service", subject=service, actor_id="", payload=span
                )
            )
            steps.append({"service": service, "span": name, "error": str(code == "ERROR"), "at": at_ms})
        times = [step["at"] for step in steps]
        facts.append({"uowId": f"u{unit}", "steps": steps, "start": min(times), "duration": max(times) - min(times)})
    rng.shuffle(records)
    return records, facts


def has(kind: str, wanted: str) -> Callable[[Facts], bool]:
    return lambda trace: any((step.get(kind) or "").casefold() == wanted.casefold() for step in trace["steps"])


def filters(rng: random.Random) -> tuple[dict[str, Any], list[Callable[[Facts], bool]]]:
    """Parameters, and what they mean."""
    since, until = sorted(rng.sample(range(-1_000, 2 * DAY_MS, 1_000), 2))
    least, most = sorted(rng.sample(range(12_000), 2))
    day = rng.randrange(2)
    day_start = (START_MS // DAY_MS + day) * DAY_MS - START_MS
    options: list[tuple[dict[str, Any], Callable[[Facts], bool]]] = [
        ({"startDate": format_ms(START_MS + since)}, lambda t: t["start"] >= since),
        ({"endDate": format_ms(START_MS + until)}, lambda t: t["start"] <= until),
        (
            {"startDate": format_ms(START_MS + day_start)[:10], "endDate": format_ms(START_MS + day_start)[:10]},
            lambda t: day_start <= t["start"] < day_start + DAY_MS,
        ),
        ({"minDurationMs": least}, lambda t: t["duration"] >= least),
        ({"maxDurationMs": most}, lambda t: t["duration"] <= most),
        ({"action": "read"}, has(ACTION, "READ")),
        ({"origin": "Api"}, has(ORIGIN, "API")),
        ({"resourceType": "payment"}, has(RESOURCE_TYPE, "PAYMENT")),
        ({"resourceType": "SHIPMENT"}, has(RESOURCE_TYPE, "shipment")),
        ({"userId": "ann"}, has("user", "ann")),
        ({"userId": "eve"}, has("user", "eve")),
        ({"service": "Billing"}, has("service", "Billing")),
        ({"service": "billing"}, lambda _: False),
        ({"spanName": "GET /"}, has("span", "GET /")),
        ({"error": "true"}, has("error", "True")),
        ({"error": "false"}, lambda t: not has("error", "True")(t)),
        ({"action": "UNKNOWN"}, lambda _: False),
        ({"userId": "nobody"}, lambda _: False),
    ]
    params: dict[str, Any] = {}
    checks = []
    for chosen, check in rng.sample(options, rng.randrange(4)):
        if not chosen.keys() & params.keys():
            params |= chosen
            checks.append(check)
    return params, checks


async def test_every_combination_of_filters_finds_what_looking_at_each_trace_finds(service: Service) -> None:
    rng = random.Random(5)
    records, facts = made_up(rng, 120)
    await service.shown(TRACES, after=await service.record(*records))
    met = 0
    for _ in range(80):
        params, checks = filters(rng)
        wanted = [trace for trace in facts if all(check(trace) for check in checks)]
        wanted.sort(key=lambda trace: (trace["start"], trace["uowId"]), reverse=True)
        limit, page = rng.choice((3, 20, 100)), rng.choice((1, 1, 2, 5))
        shown = await service.shown(TRACES, params=params | {"limit": limit, "page": page})
        expected = [trace["uowId"] for trace in wanted][(page - 1) * limit : page * limit]
        assert [trace["uowId"] for trace in shown["data"]] == expected, params
        assert shown["pagination"]["total"] == len(wanted), params
        assert shown["pagination"]["hasNext"] == (page * limit < len(wanted))
        met += bool(expected)
    assert met > 20


@pytest.mark.parametrize("params", [{}, {"userId": "ann"}])
async def test_cursors_go_through_the_whole_search(service: Service, params: dict[str, str]) -> None:
    records, facts = made_up(random.Random(6), 40)
    await service.shown(TRACES, after=await service.record(*records))
    wanted = [trace for trace in facts if not params or has("user", "ann")(trace)]
    wanted.sort(key=lambda trace: (trace["start"], trace["uowId"]), reverse=True)
    assert await walked(service, params, 7) == [trace["uowId"] for trace in wanted]


@pytest.mark.parametrize("params", [{}, {"userId": "ann"}])
async def test_cursors_pass_over_no_trace_of_the_same_start(service: Service, params: dict[str, str]) -> None:
    started = {f"u{unit:02}": unit * 7 % 3 for unit in range(24)}
    records = [
        recorded(interaction(number, uow_id=unit, user_id="ann", interaction_timestamp=format_ms(START_MS + at)))
        for number, (unit, at) in enumerate(started.items(), start=1)
    ]
    await service.shown(TRACES, after=await service.record(*records))
    for limit in range(1, 8):
        wanted = sorted(started, key=lambda unit: (started[unit], unit), reverse=True)
        assert await walked(service, params, limit) == wanted, limit


async def walked(service: Service, params: dict[str, str], limit: int) -> list[str]:
    """The units of work of the whole search by its cursors, in pages of `limit`."""
    found: list[str] = []
    cursor, number = None, 0
    while True:
        page = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        shown = await service.shown(TRACES, params=params | page)
        number += 1
        assert shown["pagination"]["page"] == number
        found += [trace["uowId"] for trace in shown["data"]]
        cursor = shown["pagination"]["nextCursor"]
        if cursor is None:
            return found


async def test_a_search_that_takes_too_long_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = [
        replace(found, text=found.text.replace("FROM summaries AS s", "FROM pg_sleep(9), summaries AS s"))
        for found in store._SQL
    ]
    monkeypatch.setattr(store, "_SQL", SqlFile(store._SQL.path, slow))
    traces = TracesReads(ReadModel(world.requests, paths.TRACES, TRACES_MODEL), Catalog(), search_timeout_s=0.05)
    with pytest.raises(Unavailable, match="too long"):
        await traces.search("default", Criteria(user_id="ann"), PageRequest(0, 10), 1)


async def test_without_the_applications_filter_a_tenant_still_sees_its_own_alone(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = recorded(interaction(1, uow_id="own"))
    foreign = [recorded(interaction(n, "acme", uow_id="foreign", user_id="ann"), "acme") for n in (1, 2)]
    position = await service.record(own, *foreign, event("e", "foreign", 0, "acme"))
    monkeypatch.setattr(store, "_SQL", unfiltered(store._SQL))
    monkeypatch.setattr(store, "_HAS", store._HAS.replace("m.tenant_id = $1", "$1::text IS NOT NULL"))
    assert [trace["uowId"] for trace in (await service.shown(TRACES, after=position))["data"]] == ["own"]
    assert (await service.shown(TRACES, params={"userId": "ann"}))["data"] == []
    for part in ("", "/timeline", "/summary", "/tree"):
        assert (await service.get(f"{TRACES}/foreign{part}")).status_code == 404
    graph = await service.shown(GRAPH, params={"startDate": "2020-01-01"})
    assert [node["count"] for node in graph["nodes"]] == [1]


async def test_the_graph_counts_who_follows_whom(service: Service) -> None:
    records, facts = made_up(random.Random(8), 100)
    await service.shown(TRACES, after=await service.record(*records))
    for first, last in ((0, 1), (1, 1), (-8, 1), (-3, 95), (1, 9), (-4_000, 4_000)):
        await _check_graph(service, facts, first, last)


async def _check_graph(service: Service, facts: list[Facts], first: int, last: int) -> None:
    """The graph of the days `first` to `last` after the first record's."""
    start, end = (format_ms(START_MS + day * DAY_MS)[:10] for day in (first, last))
    graph = await service.shown(GRAPH, params={"startDate": start, "endDate": end})
    days = range(START_MS // DAY_MS + first, START_MS // DAY_MS + last + 1)
    latencies: dict[tuple[str, str], list[int]] = {}
    counts: dict[str, int] = {}
    for trace in facts:
        steps = sorted((step["at"], step["number"], step[ORIGIN]) for step in trace["steps"] if ORIGIN in step)
        for at, _, origin in steps:
            if (START_MS + at) // DAY_MS in days:
                counts[origin] = counts.get(origin, 0) + 1
        for before, after in pairwise(steps):
            if (START_MS + after[0]) // DAY_MS in days:
                latencies.setdefault((before[2], after[2]), []).append(after[0] - before[0])
    assert {node["origin"]: node["count"] for node in graph["nodes"]} == counts
    edges = {(edge["from"], edge["to"]): edge for edge in graph["edges"]}
    assert {key: edge["count"] for key, edge in edges.items()} == {key: len(ms) for key, ms in latencies.items()}
    for key, values in latencies.items():
        ordered = sorted(values)
        assert edges[key]["avgMs"] == pytest.approx(sum(values) / len(values), abs=0.06)
        for name, fraction in (("p50Ms", 0.5), ("p95Ms", 0.95)):
            exact = ordered[max(1, -int(-fraction * len(ordered) // 1)) - 1]
            assert edges[key][name] == pytest.approx(exact, rel=0.011, abs=0.06)


async def test_the_graph_is_of_the_last_thirty_days_unless_told(service: Service) -> None:
    graph = await service.shown(GRAPH)
    assert list(graph) == ["startDate", "endDate", "nodes", "edges"]
    assert (await service.shown(GRAPH, params={"endDate": "2026-01-30"}))["startDate"] == "2026-01-01"
