"""Runs an app of ours inside a test, lifespan included, and gives a client for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

BASE_URL = "http://waymark.test"


@asynccontextmanager
async def serving(app: FastAPI, **options: object) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app, whose lifespan runs for the length of the block; `options` are the client's."""
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            scope["state"] = dict(state or {})
            await app(scope, receive, send)

        async with client_of(with_state, **options) as client:
            yield client


def client_of(app: object, **options: object) -> httpx.AsyncClient:
    """A client of a started app; unexpected errors are answered, not raised."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL, **options)  # type: ignore[arg-type]


async def get_json(client: httpx.AsyncClient, path: str, **options: Any) -> Any:
    """The body of a GET, which must succeed."""
    answer = await client.get(path, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()
