"""Records sent to a gateway without a pause while something happens to it, and the account of them afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from tests.support.examples import FIRST_EXAMPLE
from tests.support.gateway.records import frontier, numbers_in
from tests.support.gateway.surroundings import URL, Surroundings
from tests.support.waiting import eventually


class Load:
    """Sends records one after the other on a few lines until told to stop, and keeps every answer."""

    def __init__(self, client: httpx.AsyncClient, lines: int = 8) -> None:
        self._client = client
        self._going = True
        self.answers: list[httpx.Response] = []
        self._tasks = [asyncio.create_task(self._send()) for _ in range(lines)]

    async def _send(self) -> None:
        while self._going:
            self.answers.append(await self._client.post(URL, json=FIRST_EXAMPLE))
            await asyncio.sleep(0.005)

    async def until_answered(self, status: int, count: int = 5) -> None:
        """Wait for `count` more answers with this status."""
        before = self.count(status)
        await eventually(lambda: self.count(status) >= before + count, timeout_s=30)

    def count(self, status: int) -> int:
        return sum(answer.status_code == status for answer in self.answers)

    async def stop(self) -> None:
        self._going = False
        await asyncio.gather(*self._tasks)

    def cancel(self) -> None:
        """End at once, after a test that failed."""
        for task in self._tasks:
            task.cancel()


NewLoad = Callable[[httpx.AsyncClient], Load]


@pytest.fixture
async def new_load() -> AsyncIterator[NewLoad]:
    """Starts loads that end with the test."""
    loads: list[Load] = []

    def start(client: httpx.AsyncClient) -> Load:
        loads.append(Load(client))
        return loads[-1]

    yield start
    for load in loads:
        load.cancel()


async def check_account(around: Surroundings, load: Load) -> None:
    """Only 201 and 503; what was answered 201 is recorded; every number is recorded or voided in the end."""
    assert {answer.status_code for answer in load.answers} == {201, 503}
    assert all("retry-after" in answer.headers for answer in load.answers if answer.status_code == 503)
    accepted = {
        answer.json()["interactionNumber"]: answer.json()["interactionId"]
        for answer in load.answers
        if answer.status_code == 201
    }

    async def settled() -> bool:
        below = await frontier(around.log)
        numbers = await numbers_in(around.log)
        return below == max(set(numbers.recorded) | numbers.voided) + 1

    assert await eventually(settled, timeout_s=40, interval_s=0.2)
    numbers = await numbers_in(around.log)
    numbers.assert_gapless()
    assert accepted.items() <= numbers.recorded.items()
