"""Every route of every service refuses a caller without a credential before it reads a byte of the body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.types import Message

from libs.service.door import DoorState, OpenDoor
from tests.support.access import access_of
from waymark.front import create_front
from waymark.services import apps

OPEN = {
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/refresh"),
    ("POST", "/api/v1/auth/logout"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/asyncapi.json"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}
"""What anybody may ask; a route that is added here needs no credential."""


def _routes() -> Iterator[tuple[FastAPI, str, str]]:
    for app in (*apps().values(), create_front({})):
        for path, methods in app.openapi()["paths"].items():
            for method in methods:
                yield app, method.upper(), path


ROUTES = list(_routes())


@pytest.mark.parametrize(
    ("app", "method", "path"),
    [one for one in ROUTES if one[1:] not in OPEN],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_caller_without_a_credential_is_refused_by_the_head_of_the_request(
    app: FastAPI, method: str, path: str
) -> None:
    assert await _status(app, method, path.replace("{", "").replace("}", "")) == 401


def test_the_open_routes_are_all_there() -> None:
    assert {one[1:] for one in ROUTES} >= OPEN


async def _status(app: FastAPI, method: str, path: str) -> int:
    access = access_of()
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"1000000")],
        "client": ("192.0.2.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {"access": access, "door": DoorState(OpenDoor(access, {})), "log_id": "log"},
    }
    await app(scope, receive, send)
    status: int = sent[0]["status"]
    return status
