"""The front's own answers on the one address."""

from __future__ import annotations

import httpx
import pytest

from libs.contracts.paths import HOME
from waymark.front import create_front


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
