"""Pages of other origins: none by default, those that the setting names, through whatever stands in front of an app."""

from __future__ import annotations

from collections.abc import Collection

import httpx
import pytest
from pydantic import ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.httpkit.app import create_app
from libs.httpkit.cors import allowing_origins
from libs.service.settings import ServiceSettings

ORIGIN = "https://app.example"
PREFLIGHT = {
    "origin": ORIGIN,
    "access-control-request-method": "POST",
    "access-control-request-headers": "x-api-key, x-uowid",
}


class Front:
    """Answers one path by itself, as the gateway's door does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/front":
            await send({"type": "http.response.start", "status": 201, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, receive, send)


def client_for(origins: Collection[str]) -> httpx.AsyncClient:
    app = create_app("t", routers=[])
    app.put_in_front(Front)
    app.put_in_front(lambda inner: allowing_origins(inner, origins))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize("path", ["/healthz", "/front"])
async def test_no_other_origin_may_by_default(path: str) -> None:
    async with client_for(()) as client:
        answer = await client.get(path, headers={"origin": ORIGIN})
    assert answer.is_success
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(("origins", "allowed"), [([ORIGIN, "http://localhost:3000"], ORIGIN), (["*"], "*")])
@pytest.mark.parametrize("path", ["/healthz", "/front", "/nowhere"])
async def test_an_origin_that_is_named_may(path: str, origins: list[str], allowed: str) -> None:
    async with client_for(origins) as client:
        answer = await client.get(path, headers={"origin": ORIGIN})
        asked = await client.options(path, headers=PREFLIGHT)
    assert answer.headers["access-control-allow-origin"] == allowed
    assert "Waymark-Position" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == allowed
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert asked.headers["access-control-allow-headers"] == "x-api-key, x-uowid"


async def test_one_that_is_not_may_not() -> None:
    async with client_for(["https://other.example"]) as client:
        answer = await client.get("/front", headers={"origin": ORIGIN})
        asked = await client.options("/front", headers=PREFLIGHT)
    assert "access-control-allow-origin" not in answer.headers
    assert asked.status_code == 400


@pytest.mark.parametrize("origin", ["app.example", "https://app.example/", "https://app.example/page", ""])
def test_a_setting_that_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(cors_origins=frozenset({origin}))
