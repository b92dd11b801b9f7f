"""Watches critical interactions over HTTP: until everything is decided, and all that came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx

from tests.support.monitoring.defining import URL
from tests.support.monitoring.plain_walk import Plain, told
from tests.support.waiting import eventually

_ALL = {"from": "2017-01-01T00:00:00Z", "to": "2030-01-01T00:00:00Z"}
"""Whatever histories and live records of tests lie in, in fewer days than an answer may have buckets."""


async def health(client: httpx.AsyncClient, name: str, **changes: Any) -> dict[str, Any]:
    """Return the health of all times, by day unless `changes` ask otherwise."""
    answer = await client.get(f"{URL}/{name}/health", params={**_ALL, "granularity": "day", **changes})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()["data"]
    return shown


async def results(client: httpx.AsyncClient, name: str) -> list[dict[str, Any]]:
    """Return every result, latest first."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {**_ALL, "limit": "100"} | ({"cursor": cursor} if cursor else {})
        answer = await client.get(f"{URL}/{name}/results", params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()["data"]
        found += page["results"]
        cursor = page["nextCursor"]
    return found


async def decided(client: httpx.AsyncClient, name: str, by_ms: int, *, timeout_s: float = 60.0) -> None:
    """Return once everything that was accepted before `by_ms` is decided and counted."""

    async def is_decided() -> bool:
        answer = await client.get(f"{URL}/{name}/health")
        return bool(answer.json()["data"]["asOf"] >= by_ms)

    await eventually(is_decided, timeout_s=timeout_s, interval_s=0.1)


async def check_results(client: httpx.AsyncClient, name: str, expected: Plain) -> Sequence[dict[str, Any]]:
    """Compare every result, and health's counts, with what is expected; returns the results."""
    found = await results(client, name)
    assert len({one["id"] for one in found}) == len(found)
    ours, theirs = Counter(map(told, found)), Counter(expected.results)
    assert not ours - theirs, f"not expected: {list(ours - theirs)[:3]}; missing: {list(theirs - ours)[:3]}"
    assert not theirs - ours, f"missing: {list(theirs - ours)[:3]}"
    shown = await health(client, name)
    counted = {outcome: shown["total"][outcome] for outcome in ("completed", "errored", "aborted")}
    assert counted == {outcome: sum(one.outcome == outcome for one in expected.results) for outcome in counted}
    figures = {name: shown[name] for name in ("open", "late", "notOpened")}
    assert figures == {"open": expected.open, "late": 0, "notOpened": 0}, figures
    return found
