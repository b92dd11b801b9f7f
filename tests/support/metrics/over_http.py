"""Metrics over HTTP, from a client that outlives the processes that answer it."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

import httpx

from tests.support.metrics.posted import ms_of
from tests.support.sending import ENCODER
from tests.support.waiting import eventually

METRICS_URL: Final = "/api/v1/behavioral-metrics"
_PASSING = frozenset({429, 502, 503, 504})


class Spelt(str):
    """A number of an answer, as it is written there."""

    __slots__ = ()


def loaded(answer: httpx.Response) -> Any:
    """Return the JSON of an answer, its numbers as they are spelt."""
    return json.loads(answer.content, parse_float=Spelt, parse_int=Spelt)


async def asked(client: httpx.AsyncClient, method: str, path: str = "", **request: Any) -> httpx.Response:
    """Ask until there is an answer that says more than that nobody was there."""
    while True:
        try:
            answer = await client.request(method, f"{METRICS_URL}{path}", **request)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code not in _PASSING and not _is_in_flight(answer):
            return answer
        await asyncio.sleep(0.1)


async def define(client: httpx.AsyncClient, body: Mapping[str, Any]) -> str:
    """Create a metric and return its id."""
    answer = await _sent(client, "POST", body, **{"Idempotency-Key": uuid.uuid4().hex})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def change(client: httpx.AsyncClient, metric_id: str, body: Mapping[str, Any]) -> None:
    """Change some fields of a metric."""
    answer = await _sent(client, "PUT", {"id": metric_id, **body})
    assert answer.status_code == 200, answer.text


async def delete(client: httpx.AsyncClient, metric_id: str) -> None:
    """Delete a metric; it may be gone by an answer that was lost."""
    answer = await asked(client, "DELETE", params={"id": metric_id})
    assert answer.status_code in {204, 404}, answer.text


async def shown(client: httpx.AsyncClient, metric_id: str) -> dict[str, Any]:
    """Return a metric as it is now."""
    answer = await asked(client, "GET", f"/{metric_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def get(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    """Return what there is at a path below the metrics, numbers as they are spelt."""
    answer = await asked(client, "GET", path, params=params)
    assert answer.status_code == 200, answer.text
    return loaded(answer)


async def compute(client: httpx.AsyncClient, metric_id: str) -> None:
    """Compute all values of a batch metric and return when that is done."""
    answer = await asked(client, "POST", f"/{metric_id}/compute")
    assert answer.status_code == 200, answer.text


async def current(client: httpx.AsyncClient, metric_id: str, *, timeout_s: float = 60.0) -> None:
    """Return once the values of the metric's newest definition are there."""

    async def is_current() -> bool:
        state = (await shown(client, metric_id))["state"]
        assert state["phase"] != "failed", state
        return bool(state["phase"] == "current")

    await eventually(is_current, timeout_s=timeout_s, interval_s=0.1)


async def applied(client: httpx.AsyncClient, metric_id: str, by_ms: int, *, timeout_s: float = 60.0) -> None:
    """Return once everything that was accepted before `by_ms` is part of the values."""

    async def is_applied() -> bool:
        answer = await asked(client, "GET", f"/{metric_id}/values")
        return ms_of(answer.headers["Waymark-As-Of"]) >= by_ms

    await eventually(is_applied, timeout_s=timeout_s, interval_s=0.1)


async def _sent(client: httpx.AsyncClient, method: str, body: Mapping[str, Any], **headers: str) -> httpx.Response:
    headers |= {"content-type": "application/json"}
    return await asked(client, method, content=ENCODER.encode(body), headers=headers)


def _is_in_flight(answer: httpx.Response) -> bool:
    """Return whether the request that came before under the same `Idempotency-Key` is still at work."""
    return answer.status_code == 409 and "in_flight" in answer.text.lower()
