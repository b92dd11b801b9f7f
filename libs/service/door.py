"""Routes answered by a raw ASGI callable in front of the app: the hot paths, without a router or request objects.

A route is documented by a router behind it. Bodies are held within the process's budget until the answer is sent.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.auth.http import Access, authenticate_scope, require_role
from libs.auth.principal import Principal
from libs.eventlog.errors import LogUnavailable
from libs.httpkit.compression import MIN_BYTES, compressed
from libs.httpkit.dialects import Dialect
from libs.httpkit.errors import ApiError, unavailable
from libs.httpkit.handlers import HttpFallback, from_behind, from_unavailable
from libs.httpkit.protection import ALWAYS, NO_STORE
from libs.httpkit.request_headers import API_KEY, REQUEST_ID, TENANT, HeaderBytes, scan
from libs.service.parts import BEHIND, UNAVAILABLE
from libs.telemetry.access_log import ACCESS_LOG
from libs.telemetry.metrics import AUTHENTICATIONS, HTTP_REQUEST_DURATION_SECONDS
from libs.telemetry.middleware import RESPONSE_HEADERS, request_id_of

Headers = tuple[tuple[bytes, bytes], ...]
_JSON = (b"content-type", b"application/json")
_accepted = AUTHENTICATIONS.labels("accepted")


class RawRoute(NamedTuple):
    """A route at the door: its template, the role it needs at least, and how its family words errors."""

    template: str
    role: str
    dialect: Dialect


class Answer(NamedTuple):
    """An answer as the door sends it; `position` and `retry_after` are the values of their headers, if it has them."""

    status: int
    body: bytes
    position: bytes | None
    retry_after: bytes | None = None
    headers: Headers = ()


Respond = Callable[[Principal, HeaderBytes, Scope, Receive], Awaitable[Answer]]


class OpenDoor(NamedTuple):
    """The parts of an open door: the check of callers, and the function that answers at each route's template."""

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
    """Stands in front of a service's app: answers POST on the routes that `find` knows, passes everything else on."""

    def __init__(
        self,
        app: ASGIApp,
        service: str,
        find: Callable[[str], RawRoute | None],
        on_refusal: Callable[[ApiError], None] = lambda _: None,
    ) -> None:
        self._app = app
        self._service = service
        self._find = find
        self._on_refusal = on_refusal
        self._hot = HttpFallback(self._answer)
        self._durations: dict[tuple[str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] == "http" and scope["method"] == "POST" and self._find(scope["path"]) is not None:
            await self._hot(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_s = time.perf_counter()
        route, raw = self._find(scope["path"]), scan(scope["headers"])
        assert route is not None
        try:
            door = _open_door(scope, self._service)
            principal = _known_key(door.access, raw) or await caller_of(door.access, scope)
            require_role(principal, route.role)
            status, body, position, retry_after, own = await door.respond[route.template](
                principal, raw, scope, receive
            )
        except (ApiError, *UNAVAILABLE, *BEHIND) as error:
            refusal = _refusal_of(error)
            self._on_refusal(refusal)
            rendered = route.dialect(refusal)
            status, body, headers = rendered.status, rendered.body, [*rendered.headers]
        except ClientDisconnect:
            return
        else:
            headers = [_JSON, (b"content-length", b"%d" % len(body)), *own]
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
        self._observe(route.template, status, duration_s)
        if status >= 400:
            ACCESS_LOG.note(
                scope, request_id=request_id.decode(), route=route.template, status=status, duration_s=duration_s
            )

    def _observe(self, template: str, status: int, duration_s: float) -> None:
        duration = self._durations.get((template, status))
        if duration is None:
            duration = HTTP_REQUEST_DURATION_SECONDS.labels(self._service, "POST", template, str(status))
            self._durations[template, status] = duration
        duration.observe(duration_s)


def not_in_front() -> ApiError:
    """Make the 503 for a request that reached a documented route past the door."""
    return unavailable("this route is answered by the door in front of the app")


def _open_door(scope: Scope, service: str) -> OpenDoor:
    """Return the open door's parts; raises 503 before the lifespan has built them and after it closed them."""
    state: DoorState | None = scope.get("state", {}).get("door")
    if state is None or state.open is None:
        raise unavailable(f"{service} is starting or stopping", 1)
    return state.open


def _refusal_of(error: Exception) -> ApiError:
    if isinstance(error, ApiError):
        return error
    return from_behind(error) if isinstance(error, BEHIND) else from_unavailable(error)


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
