"""Whatever stands in a header, it is read or refused: no value of any header that is read makes a 500."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

import pytest
from fastapi import Depends, Request
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.types import ASGIApp, Message

from libs.auth.http import Viewer
from libs.auth.presented import read_presented
from libs.contracts.credentials import Tenant
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Positions
from libs.httpkit.app import create_app
from libs.httpkit.errors import BadRequest, Unprocessable, UnsupportedMediaType
from libs.httpkit.preconditions import IfMatchOf
from libs.httpkit.request_headers import read_headers, scan
from libs.httpkit.router import FamilyRouter
from libs.service.reading import caught_up
from libs.service.writing import OnceOf
from services.accounts.api.cookies import Cookies
from services.accounts.authentication import claims_to_look_up
from services.gateway.events.cloudevents import binary_draft, is_binary
from services.gateway.otlp.answers import render_for, require_encoding
from services.gateway.wire.bulk import is_ndjson
from services.queries.stream.events import STREAMED_EVENTS
from services.queries.stream.start import resume
from tests.support.access import access_of
from tests.support.gateway.records import api_key

PLAIN, KEY = api_key("acme", "viewer")
SEEDS = (
    b"http://[",
    b"http://[::1",
    b"https://waymark.test:8080",
    b"null",
    b"00-5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174-01",
    b'"1", W/"2"',
    b'"',
    b"*",
    b"application/json; charset=utf-8",
    b"application/json; charset*0*=utf-8''x; charset*1=",
    b"application/json; charset*=iso-8859-1'en'%ff",
    b"application/",
    b"gzip, br",
    b"bytes=0-10,-5",
    b"Bearer eyJhbGciOiJFZERTQSJ9.e30.x",
    b"Bearer wm_",
    b"Basic OnB3",
    b"vai_token=eyJhbGciOiJub25lIn0.eyJzdWIiOiIifQ.; waymark_refresh=\xff",
    b"d2F5bWFyayB0OjA6MQ",
    b"9" * 5_000,
    b"-1",
    b"\xc2\xb2",
    b"%ff%00%",
    b'"\\',
    b"2026-01-15T10:30:00Z",
    b"text/event-stream;q=nan",
    b"k1=v1,k2=v2;prop",
)
_BYTES = st.lists(st.sampled_from([*range(0x20, 0x7F), *range(0x80, 0x100), 9]), max_size=40).map(bytes)
VALUES = st.one_of(
    st.sampled_from(SEEDS),
    _BYTES,
    st.tuples(st.sampled_from(SEEDS), _BYTES, st.integers(0, 60)).map(lambda t: t[0][: t[2]] + t[1] + t[0][t[2] :]),
)
NAMES = (
    *(b"origin", b"host", b"sec-fetch-site", b"cookie", b"authorization", b"x-api-key", b"x-tenant-id"),
    *(b"traceparent", b"tracestate", b"baggage", b"x-request-id", b"if-match", b"idempotency-key"),
    *(b"waymark-min-position", b"last-event-id", b"accept", b"accept-encoding", b"range", b"user-email"),
    *(b"content-type", b"content-encoding", b"content-length", b"x-forwarded-for", b"x-forwarded-proto", b"expect"),
)


class Level:
    """Reads that are as far as any position."""

    @property
    def model(self) -> Level:
        return self

    async def wait_for(self, positions: Positions, timeout_s: float) -> None:
        """Return at once."""


class Body(BaseModel):
    name: str


def _app() -> ASGIApp:
    router = FamilyRouter()

    @router.get("/read")
    async def read(_: Viewer, _reads: Annotated[Level, caught_up("reads")]) -> None: ...

    @router.post("/write")
    async def write(_: Viewer, body: Body, once: OnceOf, condition: IfMatchOf) -> None:
        condition.require(1)

    @router.post("/open")
    async def login(request: Request, _: Annotated[None, Depends(_check_origin)]) -> None: ...

    return create_app("t", routers=[router])


async def _check_origin(request: Request) -> None:
    Cookies("vai_token", None, frozenset()).check_origin(request)
    assert isinstance(request.cookies, dict)


APP = _app()
STATE: dict[str, Any] = {
    "access": access_of(Tenant(tenant_id="acme", version=1), KEY),
    "reads": Level(),
    "log_id": "log",
}


async def _status(method: str, path: str, headers: list[tuple[bytes, bytes]]) -> int:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b'{"name":"a"}', "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("192.0.2.1", 1),
        "scheme": "http",
        "state": dict(STATE),
    }
    await APP(scope, receive, send)
    status: int = sent[0]["status"]
    return status


@pytest.mark.parametrize(("method", "path"), [("GET", "/read"), ("POST", "/write"), ("POST", "/open")])
@given(st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=4))
@example([(b"origin", b"http://[")])
@example([(b"content-length", b"9" * 5_000)])
def test_no_header_of_a_request_makes_a_500(method: str, path: str, headers: list[tuple[bytes, bytes]]) -> None:
    known = [(b"x-api-key", PLAIN.encode()), (b"content-type", b"application/json")]
    assert asyncio.run(_status(method, path, [*headers, *known])) < 500


_RECORDING = (
    *(b"x-uowid", b"x-userid", b"x-interaction-timestamp", b"x-span-id", b"x-parent-span-id"),
    *(b"traceparent", b"idempotency-key", b"content-type"),
)
_REQUIRED = [(b"ce-specversion", b"1.0"), (b"ce-id", b"1"), (b"ce-source", b"/s"), (b"ce-type", b"t")]
_CLOUD_EVENT = (
    *(b"ce-specversion", b"ce-id", b"ce-source", b"ce-type", b"ce-subject", b"ce-time", b"ce-traceparent"),
    *(b"ce-dataschema", b"ce-actortype", b"ce-anything", b"ce-", b"ce-\xff"),
)


def _stream_start(value: bytes) -> object:
    return asyncio.run(resume(STREAMED_EVENTS, MemoryEventLog(), "log", value.decode("latin-1")))


PARSERS: dict[str, Callable[[bytes], object]] = {
    "recording headers": lambda value: read_headers(scan([(name, value) for name in _RECORDING])),
    "binary mode": lambda value: binary_draft("acme", [(name, value) for name in _CLOUD_EVENT], b"{}"),
    "binary mode's content type": lambda value: binary_draft("acme", [*_REQUIRED, (b"content-type", value)], b"{}"),
    "any ce- header": lambda value: is_binary([(b"ce-" + value, value)]) or value,
    "a bulk body's type": lambda value: is_ndjson(value.decode("latin-1")),
    "OTLP's encoding": lambda value: require_encoding([(b"content-type", value)]),
    "OTLP's dialect": lambda value: render_for([(b"content-type", value)]),
    "a token's claims": lambda value: claims_to_look_up(value.decode("latin-1")),
    "an origin": lambda value: read_presented([(b"origin", value), (b"host", value)], "POST").is_same_origin(),
    "the start of a stream": _stream_start,
}


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
@given(VALUES)
def test_a_parser_returns_or_refuses(parse: Callable[[bytes], object], value: bytes) -> None:
    with suppress(BadRequest, Unprocessable, UnsupportedMediaType):
        parse(value)
