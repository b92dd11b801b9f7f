"""Around every request: its duration by route template, a request id, the trace it belongs to, and headers that
were decided before the answer existed.
"""

from __future__ import annotations

import itertools
import re
import secrets
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.telemetry.access_log import ACCESS_LOG
from libs.telemetry.logger import bound_contextvars
from libs.telemetry.metrics import HTTP_REQUEST_DURATION_SECONDS, HTTP_REQUESTS_IN_FLIGHT
from libs.telemetry.tracing import parse_traceparent

RESPONSE_HEADERS = "waymark.response_headers"
"""Scope key: (name, value) pairs of bytes that every answer to this request gets, errors too."""

ROUTE_TEMPLATE = "waymark.route_template"
REQUEST_ID = "waymark.request_id"
_SANE_ID = re.compile(rb"[\x21-\x7e]{1,200}")
_process_id = secrets.token_hex(5).encode()
_requests = itertools.count(1)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


def add_response_header(scope: Scope, name: str, value: str) -> None:
    """Add a header to whatever answer this request will get."""
    scope.setdefault(RESPONSE_HEADERS, []).append((name.lower().encode("latin-1"), value.encode("latin-1")))


class RequestTelemetry:
    """ASGI middleware; the outermost one of an app. Requests to no route count under the template `none`."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service
        self._in_flight = HTTP_REQUESTS_IN_FLIGHT.labels(service)
        self._durations: dict[tuple[str, str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Measure HTTP requests, passes everything else."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s = time.perf_counter()
        status = 0
        given_id, traceparent = _find_headers(scope)
        request_id = request_id_of(given_id)
        scope[REQUEST_ID] = request_id.decode()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                extra = [(b"x-request-id", request_id), *scope.get(RESPONSE_HEADERS, ())]
                message["headers"] = [*message.get("headers", ()), *extra]
            await send(message)

        self._in_flight.inc()
        try:
            with bound_contextvars(**_context(scope[REQUEST_ID], traceparent)):
                await self._app(scope, receive, send_with_headers)
        finally:
            self._in_flight.dec()
            duration_s = time.perf_counter() - started_s
            route = scope.get(ROUTE_TEMPLATE, "none")
            self._observe(scope, route, status, duration_s)
            ACCESS_LOG.note(scope, request_id=scope[REQUEST_ID], route=route, status=status, duration_s=duration_s)

    def _observe(self, scope: Scope, route: str, status: int, duration_s: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        labels = (method, route, status)
        duration = self._durations.get(labels)
        if duration is None:
            duration = HTTP_REQUEST_DURATION_SECONDS.labels(self._service, method, route, str(status))
            self._durations[labels] = duration
        duration.observe(duration_s)


def request_id_of(given: bytes | None) -> bytes:
    """Return the request's own id when it is well-formed, else a new unique one."""
    if given is not None and _SANE_ID.fullmatch(given):
        return given
    return b"%s%x" % (_process_id, next(_requests))


def _find_headers(scope: Scope) -> tuple[bytes | None, bytes | None]:
    """Return `x-request-id` and `traceparent`; of repeated headers the first counts."""
    request_id: bytes | None = None
    traceparent: bytes | None = None
    for name, value in scope["headers"]:
        if name == b"x-request-id" and request_id is None:
            request_id = value
        elif name == b"traceparent" and traceparent is None:
            traceparent = value
    return request_id, traceparent


def _context(request_id: str, raw: bytes | None) -> dict[str, str]:
    parent = parse_traceparent(raw.decode("latin-1")) if raw else None
    if parent is None:
        return {"request_id": request_id}
    return {"request_id": request_id, "trace_id": parent.trace_id}
