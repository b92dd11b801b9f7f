"""The recording routes as a raw ASGI callable in front of the app: the hot path, without a router or request objects.

Nothing is answered 2xx before the log has acknowledged it. Bodies are held within the process's budget until the
answer is sent.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.auth.http import Access, authenticate_scope, require_role
from libs.auth.principal import EDITOR, Principal
from libs.eventlog.errors import LogUnavailable
from libs.httpkit.bodies import PROCESS_BUDGET, RECORD_BODY_BYTES, read_body
from libs.httpkit.dialects import Dialect, problem
from libs.httpkit.dialects import events as events_dialect
from libs.httpkit.errors import ApiError, unavailable
from libs.httpkit.handlers import HttpFallback
from libs.httpkit.requests import require_json
from libs.telemetry.metrics import AUTHENTICATIONS, GATEWAY_RECORDS_REFUSED, HTTP_REQUEST_DURATION_SECONDS
from libs.telemetry.middleware import RESPONSE_HEADERS, request_id_of
from services.gateway.events.door import EVENTS_PATH, answer_events
from services.gateway.events.recorder import EventRecorder
from services.gateway.interactions.batch import answer_batch
from services.gateway.interactions.recorder import Recorder
from services.gateway.wire.request_headers import API_KEY, REQUEST_ID, TENANT, Found, read_headers, scan

SINGLE_PATH = "/api/interactions"
BATCH_PATH = "/api/interactions/batch"
_JSON = (b"content-type", b"application/json")
_accepted = AUTHENTICATIONS.labels("accepted")


class Open:
    """What the door needs while it is open."""

    __slots__ = ("access", "events", "recorder")

    def __init__(self, access: Access, recorder: Recorder, events: EventRecorder) -> None:
        self.access = access
        self.recorder = recorder
        self.events = events


class DoorState:
    """Part of the app's state, as `door`: open until the lifespan closes it."""

    def __init__(self, opened: Open) -> None:
        self.open: Open | None = opened

    async def close(self) -> None:
        """Answer nothing more."""
        self.open = None


Answered = tuple[int, bytes, bytes | None]
"""Status, body, and the value of `Waymark-Position`."""
Answer = Callable[[Open, Principal, Found, Scope, Receive], Awaitable[Answered]]


class Recording(NamedTuple):
    """A recording route: what answers it, and how its family words errors."""

    answer: Answer
    dialect: Dialect


class Door:
    """Stands in front of the app: answers POST on the recording paths, passes everything else on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._routes: dict[str, Recording] = {
            SINGLE_PATH: Recording(answer_single, problem),
            BATCH_PATH: Recording(answer_batch_request, problem),
            EVENTS_PATH: Recording(answer_events_request, events_dialect),
        }
        self._hot = HttpFallback(self._answer)
        self._durations: dict[tuple[str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in self._routes:
            await self._hot(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_s = time.perf_counter()
        path, found = scope["path"], scan(scope["headers"])
        route = self._routes[path]
        try:
            door = _open_door(scope)
            principal = _known_key(door.access, found) or await _principal(door.access, scope)
            require_role(principal, EDITOR)
            status, body, position = await route.answer(door, principal, found, scope, receive)
        except ApiError as error:
            GATEWAY_RECORDS_REFUSED.labels(error.code).inc()
            rendered = route.dialect(error)
            status, body, headers = rendered.status, rendered.body, [*rendered.headers]
        except ClientDisconnect:
            return
        else:
            headers = [_JSON, (b"content-length", b"%d" % len(body))]
            if position is not None:
                headers.append((b"waymark-position", position))
        headers += scope.get(RESPONSE_HEADERS, ())
        headers.append((REQUEST_ID, request_id_of(found.get(REQUEST_ID))))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        self._observe(path, status, time.perf_counter() - started_s)

    def _observe(self, path: str, status: int, duration_s: float) -> None:
        duration = self._durations.get((path, status))
        if duration is None:
            duration = HTTP_REQUEST_DURATION_SECONDS.labels("gateway", "POST", path, str(status))
            self._durations[path, status] = duration
        duration.observe(duration_s)


async def answer_single(door: Open, principal: Principal, found: Found, scope: Scope, receive: Receive) -> Answered:
    """`POST /api/interactions`: 201 with the interaction, once the log has it."""
    headers = read_headers(found)
    require_json(headers.content_type)
    recorder, tenant_id = door.recorder, principal.tenant_id
    with PROCESS_BUDGET.lease() as lease:
        body = await read_body(receive, scope["headers"], RECORD_BODY_BYTES, lease)
        draft = await recorder.draft(tenant_id, body, headers)
        (pending,) = await recorder.record(tenant_id, (draft,), body, SINGLE_PATH, headers)
    outcome = pending.outcome
    if isinstance(outcome, ApiError):
        raise outcome
    assert outcome is not None
    return 201, outcome.body, recorder.position_of(outcome.position)


async def answer_batch_request(
    door: Open, principal: Principal, found: Found, scope: Scope, receive: Receive
) -> Answered:
    """`POST /api/interactions/batch`: one status for each item."""
    headers = read_headers(found)
    return await answer_batch(door.recorder, principal.tenant_id, headers, scope["headers"], receive, BATCH_PATH)


async def answer_events_request(
    door: Open, principal: Principal, found: Found, scope: Scope, receive: Receive
) -> Answered:
    """`POST /api/v1/events`: 202 with the event's id, or one status for each of several."""
    return await answer_events(door.events, principal, found, scope, receive)


def _open_door(scope: Scope) -> Open:
    """What the door works with; 503 before the lifespan has built it and after it has closed it."""
    state: DoorState | None = scope.get("state", {}).get("door")
    if state is None or state.open is None:
        raise unavailable("this gateway is starting or stopping", 1)
    return state.open


def _known_key(access: Access, found: Found) -> Principal | None:
    """The caller with a key that is known and needs no more looking into; None for all the rest."""
    key = found.get(API_KEY)
    if key is None or TENANT in found:
        return None
    principal = access.authenticator.try_key(key.decode("latin-1").strip())
    if principal is None or principal.rate_limit_per_minute is not None:
        return None
    _accepted.inc()
    return principal


async def _principal(access: Access, scope: Scope) -> Principal:
    """The caller, judged the long way."""
    try:
        return await authenticate_scope(access, scope)
    except LogUnavailable:
        raise unavailable("credentials cannot be looked up now; try again", 1) from None
