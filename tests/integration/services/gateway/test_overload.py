"""More than the gateway can take: the excess is refused at once, what was accepted is kept, memory stays bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from libs.httpkit.bodies import PROCESS_BUDGET
from libs.service.app import create_service_app
from services.gateway.service import SERVICE
from services.gateway.settings import GatewaySettings
from tests.support.examples import FIRST_EXAMPLE
from tests.support.gateway.records import numbers_in, seed
from tests.support.gateway.surroundings import URL, Surroundings, on_one_log
from tests.support.listening import listening
from tests.support.waiting import eventually

SILENT = 60
SENT_BYTES = 600_000


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


@on_one_log
async def test_sixty_silent_connections_leave_recording_to_others(surroundings: Surroundings) -> None:
    other = await seed(surroundings.log, "other")
    app = create_service_app(SERVICE, GatewaySettings(database_url=surroundings.database_url), log=surroundings.log)
    headers = {"x-api-key": surroundings.tenant.editor_key}

    async with (
        listening(app) as url,
        AsyncExitStack() as silent,
        httpx.AsyncClient(base_url=url, headers=headers) as client,
    ):
        for _ in range(SILENT):
            await silent.enter_async_context(_falling_silent(url, "x-api-key: nobody's"))
        assert PROCESS_BUDGET.held_bytes == 0
        for _ in range(SILENT):
            await silent.enter_async_context(_falling_silent(url, f"x-api-key: {other.editor_key}"))
        await eventually(lambda: PROCESS_BUDGET.held_bytes > SENT_BYTES * SILENT / 2)
        assert (await client.post(URL, json=FIRST_EXAMPLE)).status_code == 201
        assert (await client.post(f"{URL}/batch", json=[FIRST_EXAMPLE] * 1_000)).status_code == 200
    assert PROCESS_BUDGET.held_bytes == 0


@asynccontextmanager
async def _falling_silent(url: str, credential: str) -> AsyncIterator[asyncio.StreamReader]:
    """A connection that announces a megabyte and sends a part of it, unless it is refused before."""
    address = httpx.URL(url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(f"POST {URL} HTTP/1.1\r\nhost: x\r\n{credential}\r\ncontent-length: 1000000\r\n\r\n".encode())
    if "nobody" in credential:
        assert (await reader.readline()).split()[1] == b"401"
    else:
        writer.write(b" " * SENT_BYTES)
        await writer.drain()
    yield reader
    writer.close()
