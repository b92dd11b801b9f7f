"""More than the gateway can take: the excess is refused at once, what was accepted is kept, memory stays bounded."""

from __future__ import annotations

import asyncio

import pytest

from libs.httpkit.bodies import PROCESS_BUDGET
from tests.support.examples import FIRST_EXAMPLE
from tests.support.gateway.records import numbers_in
from tests.support.gateway.surroundings import URL, Surroundings, on_one_log


@on_one_log
async def test_the_excess_is_503_and_the_rest_is_recorded(surroundings: Surroundings) -> None:
    client = await surroundings.client(gateway_waiting_records=20, gateway_group_records=5)

    answers = await asyncio.gather(*(client.post(URL, json=FIRST_EXAMPLE) for _ in range(400)))

    accepted = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert accepted
    assert refused
    assert len(accepted) + len(refused) == 400
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    (await numbers_in(surroundings.log)).assert_gapless(up_to=len(accepted))
    assert (await client.post(URL, json=FIRST_EXAMPLE)).status_code == 201


@on_one_log
async def test_a_batch_larger_than_the_bound_is_taken_when_nothing_else_waits(surroundings: Surroundings) -> None:
    client = await surroundings.client(gateway_waiting_records=20)

    answer = await client.post(f"{URL}/batch", json=[FIRST_EXAMPLE] * 50)

    assert answer.json()["accepted"] == 50


@on_one_log
async def test_bodies_beyond_the_processes_budget_are_503(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await surroundings.client()
    monkeypatch.setattr(PROCESS_BUDGET, "limit_bytes", 100)

    refused = await client.post(URL, json=FIRST_EXAMPLE)
    monkeypatch.undo()
    accepted = await client.post(URL, json=FIRST_EXAMPLE)

    assert (refused.status_code, accepted.status_code) == (503, 201)
    assert PROCESS_BUDGET.held_bytes == 0
