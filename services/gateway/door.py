"""The recording routes as a raw ASGI callable in front of the app: the hot path, without a router or request objects.

Nothing is answered 2xx before the log has acknowledged it. Bodies are held within the process's budget until the
answer is sent.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.auth.http import Access, authenticate_scope, require_role
from libs.auth.principal import EDITOR, Principal
from libs.eventlog.errors import LogUnavailable
from libs.httpkit.compression import MIN_BYTES, compressed
from libs.httpkit.dialects import Dialect, problem
from libs.httpkit.dialects import events as events_dialect
from libs.httpkit.errors import ApiError, unavailable
from libs.httpkit.handlers import HttpFallback
from libs.httpkit.protection import ALWAYS, NO_STORE
from libs.telemetry.access_log import ACCESS_LOG
from libs.telemetry.metrics import AUTHENTICATIONS, GATEWAY_RECORDS_REFUSED, HTTP_REQUEST_DURATION_SECONDS
from libs.telemetry.middleware import RESPONSE_HEADERS, request_id_of
from services.gateway.events.routes import EVENTS_PATH
from services.gateway.interactions.routes import BATCH_PATH, SINGLE_PATH
from services.gateway.recording.answers import Answer
from services.gateway.wire.request_headers import API_KEY, REQUEST_ID, TENANT, HeaderBytes, scan

DIALECTS: Mapping[str, Dialect] = {SINGLE_PATH: problem, BATCH_PATH: problem, EVENTS_PATH: events_dialect}
"""The recording paths, and how the family of each words errors."""
_JSON = (b"content-type", b"application/json")
_accepted = AUTHENTICATIONS.labels("accepted")


Respond = Callable[[Principal, HeaderBytes, Scope, Receive], Awaitable[Answer]]


class OpenDoor(NamedTuple):
    """The parts of an open door: the check of callers, and the function that answers at each path."""

    access: Access
    respond: Mapping[str, Respond]


class DoorState:
    """Part of the app's state, as `door`: open until the lifespan closes it."""

    def __init__(self, opened: OpenDoor) -> None:
        self.open: OpenDoor | None = opened

    async def close(self) -> None:
        """Answer nothing more."""
        self.open = None


class Door:
    """Stands in front of the app: answers POST on the recording paths, passes everything else on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._hot = HttpFallback(self._answer)
        self._durations: dict[tuple[str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in DIALECTS:
            await self._hot(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_s = time.perf_counter()
        path, raw = scope["path"], scan(scope["headers"])
        try:
            door = _open_door(scope)
            principal = _known_key(door.access, raw) or await caller_of(door.access, scope)
            require_role(principal, EDITOR)
            status, body, position, retry_after = await door.respond[path](principal, raw, scope, receive)
        except ApiError as error:
            GATEWAY_RECORDS_REFUSED.labels(error.code).inc()
            rendered = DIALECTS[path](error)
            status, body, headers = rendered.status, rendered.body, [*rendered.headers]
        except ClientDisconnect:
            return
        else:
            headers = [_JSON, (b"content-length", b"%d" % len(body))]
            if len(body) >= MIN_BYTES:
                headers, body = await compressed(headers, body, scope["headers"])
            if position is not None:
                headers.append((b"waymark-position", position))
            if retry_after is not None:
                headers.append((b"retry-after", retry_after))
        headers += (*ALWAYS, NO_STORE, *scope.get(RESPONSE_HEADERS, ()))
        request_id = request_id_of(raw.get(REQUEST_ID))
        headers.append((REQUEST_ID, request_id))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        duration_s = time.perf_counter() - started_s
        self._observe(path, status, duration_s)
        if status >= 400:
            ACCESS_LOG.note(scope, request_id=request_id.decode(), route=path, status=status, duration_s=duration_s)

    def _observe(self, path: str, status: int, duration_s: float) -> None:
        duration = self._durations.get((path, status))
        if duration is None:
            duration = HTTP_REQUEST_DURATION_SECONDS.labels("gateway", "POST", path, str(status))
            self._durations[path, status] = duration
        duration.observe(duration_s)


def _open_door(scope: Scope) -> OpenDoor:
    """Return the open door's parts; raises 503 before the lifespan has built them and after it closed them."""
    state: DoorState | None = scope.get("state", {}).get("door")
    if state is None or state.open is None:
        raise unavailable("this gateway is starting or stopping", 1)
    return state.open


def _known_key(access: Access, raw: HeaderBytes) -> Principal | None:
    """Return the caller of a key that is known already; None for every other credential."""
    key = raw.get(API_KEY)
    if key is None or TENANT in raw:
        return None
    principal = access.authenticator.try_key(key.decode("latin-1").strip())
    if principal is None or principal.rate_limit_per_minute is not None:
        return None
    _accepted.inc()
    return principal


async def caller_of(access: Access, scope: Scope) -> Principal:
    """Return the caller of a request that passes no route. Raises as `authenticate_scope`."""
    try:
        return await authenticate_scope(access, scope)
    except LogUnavailable:
        raise unavailable("credentials cannot be looked up now; try again", 1) from None
