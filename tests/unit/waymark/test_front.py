"""The front's own answers on the one address."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from libs.contracts.paths import HOME
from waymark.front import create_front
from waymark.remote import Remote


class Meeting(Remote):
    """A process that answers once all others of the same barrier are asked as well."""

    def __init__(self, barrier: asyncio.Barrier) -> None:
        super().__init__("http://nowhere")
        self._barrier = barrier

    async def get(self, path: str) -> tuple[int, bytes]:
        await self._barrier.wait()
        return 200, b"# TYPE met gauge\nmet 1\n" if path == "/metrics" else b"{}"


async def asked(method: str, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(create_front({}))
    async with httpx.AsyncClient(transport=transport, base_url="http://front") as client:
        return await client.request(method, path)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_address_itself_leads_to_the_console(method: str) -> None:
    answer = await asked(method, "/")
    assert (answer.status_code, answer.headers["location"]) == (302, HOME)


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/healthz", "/readyz", "/metrics"])
async def test_what_describes_and_observes_the_server_is_there(path: str) -> None:
    assert (await asked("GET", path)).status_code == 200


async def test_processes_that_hang_cost_a_scrape_no_more_than_one_of_them_does() -> None:
    barrier = asyncio.Barrier(2)
    transport = httpx.ASGITransport(create_front({}, {"jobs": Meeting(barrier), "projections": Meeting(barrier)}))
    async with httpx.AsyncClient(transport=transport, base_url="http://front") as client, asyncio.timeout(5):
        told = (await client.get("/metrics")).text
    assert {line for line in told.splitlines() if line.startswith("met")} == {
        'met{process="jobs"} 1',
        'met{process="projections"} 1',
    }
