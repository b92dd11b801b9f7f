"""Costly checks run in a process of their own, which the operating system ends when one takes too long."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from libs.event_schemas import apart
from libs.event_schemas.apart import ChecksApart, ChecksBusy, CheckTooLong, SchemaUnreadable

POSITIVE = orjson.dumps({"items": {"minimum": 0}})
ENDLESS = orjson.dumps({"items": {"allOf": [{"multipleOf": 1e-300}] * 60}})
ENDLESS_PAYLOAD = b"[" + b"1," * 10_000 + b"1]"


@pytest.fixture
async def checks(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ChecksApart]:
    # A second of computing may take minutes beside other tests.
    monkeypatch.setattr(apart, "_ANSWER_S", 300.0)
    checks = ChecksApart()
    await checks.start()
    yield checks
    await checks.stop()


async def paths(checks: ChecksApart, schema: bytes, payload: bytes, tenant_id: str = "acme") -> list[tuple[Any, ...]]:
    problems, took_s = await checks.problems(tenant_id, schema, payload)
    assert took_s >= 0
    return [problem.path for problem in problems]


async def test_it_says_what_is_wrong(checks: ChecksApart) -> None:
    assert await paths(checks, POSITIVE, b"[1]") == []
    assert await paths(checks, POSITIVE, b"[1,-1,-2]") == [(1,), (2,)]
    with pytest.raises(SchemaUnreadable):
        await paths(checks, b'{"type":"nothing"}', b"[1]")


async def test_a_check_without_an_end_is_given_up_and_the_next_one_is_answered(checks: ChecksApart) -> None:
    with pytest.raises(CheckTooLong):
        await paths(checks, ENDLESS, ENDLESS_PAYLOAD)
    assert await paths(checks, POSITIVE, b"[-1]") == [(0,)]


async def test_problems_without_number_cost_one_of_them_at_least_and_no_memory(checks: ChecksApart) -> None:
    found = await paths(checks, orjson.dumps({"allOf": [{"maxItems": 1}] * 300}), b"[" + b"[0]," * 200_000 + b"0]")

    assert found[:1] == [()]


async def test_a_process_that_somebody_ended_is_no_fault_of_the_payload(checks: ChecksApart) -> None:
    await paths(checks, POSITIVE, b"[1]")
    pid = checks._process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    with pytest.raises(ChecksBusy):
        await paths(checks, POSITIVE, b"[1]")
    assert await paths(checks, POSITIVE, b"[1]") == []


async def test_each_tenant_has_one_check_in_the_queue(checks: ChecksApart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "WAIT_S", 30.0)
    order: list[str] = []

    async def ask(tenant_id: str) -> None:
        await paths(checks, POSITIVE, b"[1]", tenant_id)
        order.append(tenant_id)

    await asyncio.gather(*(ask("greedy") for _ in range(5)), ask("other"))

    assert order.index("other") <= 2


async def test_whoever_waits_too_long_is_told_to_come_again(
    checks: ChecksApart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "WAIT_S", 0.01)
    going = asyncio.create_task(paths(checks, ENDLESS, ENDLESS_PAYLOAD))
    await asyncio.sleep(0)

    with pytest.raises(ChecksBusy):
        await paths(checks, POSITIVE, b"[1]", "other")
    with pytest.raises(CheckTooLong):
        await going
