"""Every answer about a metric's values beside the oracle's: by customer, in lists, over time, explained."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpx

from tests.support.metrics.oracle import DAY_MS, Contribution, Dims, Oracle, Value
from tests.support.metrics.over_http import Spelt, get
from tests.support.metrics.posted import json_of, ms_of, plain, time_text
from tests.support.waiting import eventually

Row = tuple[str, Dims, str, int]
"""Customer, dimensions, value as it is spelt, and the number of records."""
_STEPS = {"hour": DAY_MS // 24, "6h": DAY_MS // 4, "day": DAY_MS, "week": 7 * DAY_MS}


def row(value: Value) -> Row:
    return value.customer, value.dims, plain(value.value), value.records


def shown_row(oracle: Oracle, value: Mapping[str, Any]) -> Row:
    """Return a value of an answer."""
    dims = dims_of(oracle, value["dimensions"])
    return value["customerId"], dims, str(value["value"]), int(value["recordCount"])


def dims_of(oracle: Oracle, dimensions: Mapping[str, Any]) -> Dims:
    """Return the dimensions of an answer, which are keyed by the entries of the definition and nothing else."""
    entries = oracle.metric.entries
    assert list(dimensions) == list(entries)
    return tuple(_spelt(dimensions[entry]) for entry in entries)


def dimensions_text(oracle: Oracle, dims: Dims) -> str:
    """Return dimensions as a request names them."""
    return json.dumps({entry: json.loads(text) for entry, text in zip(oracle.metric.entries, dims, strict=True)})


async def check_at(client: httpx.AsyncClient, metric_id: str, oracle: Oracle, at_ms: int) -> None:
    """Compare the list and the values by customer as of an instant, past or future."""
    at = time_text(at_ms)
    answer = await get(client, f"/{metric_id}/values", at=at, limit=1_000)
    assert [shown_row(oracle, one) for one in answer] == [row(one) for one in oracle.values(at_ms)], (metric_id, at)
    for one in answer:
        check_window(oracle, one, at_ms)
    for customer in oracle.customers:
        answer = await get(client, f"/{metric_id}/values", at=at, limit=1_000, customerId=customer)
        assert [shown_row(oracle, one) for one in answer] == [row(one) for one in oracle.values(at_ms, customer)]


def check_window(oracle: Oracle, value: Mapping[str, Any], at_ms: int) -> None:
    length = oracle.metric.window_ms
    assert ms_of(value["to"]) == at_ms
    assert value["from"] == (None if length is None else time_text(at_ms - length))


async def check_now(client: httpx.AsyncClient, metric_id: str, oracle: Oracle) -> None:
    """Compare the stored list, each value as of when it was computed, and a realtime metric's by customer as of now."""
    answer = await get(client, f"/{metric_id}/values", limit=1_000)
    for one in answer:
        as_of = oracle.values(ms_of(one["computedAt"]), one["customerId"])
        assert shown_row(oracle, one) in [row(value) for value in as_of], (metric_id, one)
    at_ms = max((ms_of(one["computedAt"]) for one in answer), default=None)
    assert at_ms is None or len(answer) == len(oracle.values(at_ms)[:1_000])
    for customer in oracle.customers:
        for one in await get(client, f"/{metric_id}/values", customerId=customer, limit=1_000):
            as_of = oracle.values(ms_of(one["computedAt"]), customer)
            assert shown_row(oracle, one) in [row(value) for value in as_of], (metric_id, one)


async def follows(client: httpx.AsyncClient, metric_id: str, oracle: Oracle, clock: Any) -> None:
    """Return once the stored list of a realtime metric is that of the present; `clock` gives it in milliseconds."""

    async def is_level() -> bool:
        answer = await get(client, f"/{metric_id}/values", limit=1_000)
        return [shown_row(oracle, one) for one in answer] == [row(one) for one in oracle.values(clock())[:1_000]]

    await eventually(is_level, timeout_s=30.0, interval_s=0.1)


async def check_series(
    client: httpx.AsyncClient, metric_id: str, oracle: Oracle, customer: str, from_ms: int, step: str, points: int
) -> None:
    """Compare the rolling values from an instant on."""
    ats = [from_ms + number * _STEPS[step] for number in range(points)]
    params = {"customerId": customer, "from": time_text(ats[0]), "to": time_text(ats[-1]), "step": step}
    answer = await get(client, f"/{metric_id}/series", **params)
    found = {dims_of(oracle, one["dimensions"]): one["points"] for one in answer["series"]}
    known = {one.dims for one in oracle.contributions if one.customer == customer}
    for dims in known | found.keys():
        expected = [_point(oracle.value(at_ms, customer, dims)) for at_ms in ats]
        if dims not in found:
            assert set(expected) <= {None, "0"}, (metric_id, dims)
            continue
        assert [ms_of(point["at"]) for point in found[dims]] == ats
        assert [_shown_point(point["value"]) for point in found[dims]] == expected, (metric_id, dims)


async def check_explained(
    client: httpx.AsyncClient, metric_id: str, oracle: Oracle, at_ms: int, customer: str, dims: Dims
) -> None:
    """Compare the records behind a value, page by page."""
    params = {"customerId": customer, "at": time_text(at_ms), "limit": 7}
    if oracle.metric.entries:
        params["dimensions"] = dimensions_text(oracle, dims)
    cursor, found = "", []
    while cursor is not None:
        page = await get(client, f"/{metric_id}/explain", **params, **({"cursor": cursor} if cursor else {}))
        found += page["records"]
        cursor = page["nextCursor"]
    times = [ms_of(one["eventTime"]) for one in found]
    assert times == sorted(times, reverse=True)
    expected = [_explained(oracle, one) for one in oracle.window(at_ms, customer, dims)]
    assert sorted(_shown_explained(oracle, one) for one in found) == sorted(expected), (metric_id, customer, dims)


async def check_everything(
    client: httpx.AsyncClient, metric_id: str, oracle: Oracle, ats_ms: Iterable[int], source: random.Random
) -> None:
    """Compare what is stored, and at each instant the lists; a series and some explanations at random."""
    await check_now(client, metric_id, oracle)
    ats = list(ats_ms)
    for at_ms in ats:
        await check_at(client, metric_id, oracle, at_ms)
    for customer in source.sample(oracle.customers, min(2, len(oracle.customers))):
        step = source.choice(list(_STEPS))
        await check_series(client, metric_id, oracle, customer, source.choice(ats), step, source.randrange(1, 30))
    keys = sorted({(one.customer, one.dims) for one in oracle.contributions})
    for customer, dims in source.sample(keys, min(2, len(keys))):
        await check_explained(client, metric_id, oracle, source.choice(ats), customer, dims)


def _spelt(value: Any) -> str:
    return str(value) if isinstance(value, Spelt) else json_of(value)


def _point(value: Any) -> str | None:
    return None if value is None else plain(value)


def _shown_point(value: Any) -> str | None:
    return None if value is None else str(value)


def _explained(oracle: Oracle, one: Contribution) -> Sequence[str]:
    is_counted = oracle.counts(one)
    told = [one.record.kind, one.record.id, time_text(one.event_ms), str(is_counted)]
    told.append("None" if is_counted else "not_numeric")
    return told if oracle.metric.function == "count" else [*told, _point(one.number) or "None"]


def _shown_explained(oracle: Oracle, one: Mapping[str, Any]) -> Sequence[str]:
    told = [str(one[name]) for name in ("kind", "id", "eventTime", "counted", "reason", "number")]
    return told[:-1] if oracle.metric.function == "count" else told
