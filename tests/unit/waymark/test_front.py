"""The front's own answers on the one address."""

from __future__ import annotations

from importlib.metadata import version

import httpx

from waymark.front import create_front


async def test_the_index_names_the_version_and_leads_on() -> None:
    app = create_front({})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://front") as client:
        answer = await client.get("/")
        head = await client.head("/")
    assert (answer.status_code, head.status_code) == (200, 200)
    assert answer.json() == {
        "name": "Waymark",
        "version": version("waymark"),
        "links": {
            "docs": "/docs",
            "openapi": "/openapi.json",
            "asyncapi": "/asyncapi.json",
            "health": "/healthz",
            "ready": "/readyz",
            "metrics": "/metrics",
        },
    }
