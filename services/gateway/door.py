"""The recording routes as a raw ASGI callable in front of the app: the hot path, without a router or request objects.

Nothing is answered 2xx before the log has acknowledged it. Bodies are held within the process's budget until the
answer is sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.auth.http import Access, authenticate_scope, require_role
from libs.auth.principal import EDITOR, Principal
from libs.eventlog.errors import LogUnavailable
from libs.httpkit.bodies import PROCESS_BUDGET, RECORD_BODY_BYTES, read_body
from libs.httpkit.dialects import problem
from libs.httpkit.errors import ApiError, unavailable
from libs.httpkit.handlers import send_rendered
from libs.httpkit.requests import require_json
from libs.telemetry.metrics import GATEWAY_RECORDS_REFUSED
from libs.telemetry.middleware import ROUTE_TEMPLATE
from services.gateway.batch import answer_batch
from services.gateway.desk import Desk
from services.gateway.model import Accepted
from services.gateway.request_headers import read_headers

SINGLE_PATH = "/api/interactions"
BATCH_PATH = "/api/interactions/batch"
_JSON = (b"content-type", b"application/json")


class Open:
    """What the door needs while it is open; set by the app's lifespan."""

    __slots__ = ("access", "desk")

    def __init__(self, access: Access, desk: Desk) -> None:
        self.access = access
        self.desk = desk


class DoorState:
    """Shared by app and door: closed until the lifespan has built everything."""

    def __init__(self) -> None:
        self.open: Open | None = None

    def require(self) -> Open:
        """What is there to work with; 503 before it is."""
        if self.open is None:
            raise unavailable("this gateway is starting or stopping", 1)
        return self.open


Answer = Callable[[Open, Principal, Scope, Receive, Send], Awaitable[None]]


class Door:
    """ASGI middleware: answers POST on the two recording paths, passes everything else on."""

    def __init__(self, app: ASGIApp, state: DoorState) -> None:
        self._app = app
        self._state = state
        self._answers: dict[str, Answer] = {SINGLE_PATH: answer_single, BATCH_PATH: answer_batch_request}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        answer = self._answers.get(scope["path"]) if scope["type"] == "http" else None
        if answer is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        scope[ROUTE_TEMPLATE] = scope["path"]
        try:
            door = self._state.require()
            await answer(door, await _principal(door.access, scope), scope, receive, send)
        except ApiError as error:
            GATEWAY_RECORDS_REFUSED.labels(error.code).inc()
            await send_rendered(send, problem(error))
        except ClientDisconnect:
            return


async def answer_single(door: Open, principal: Principal, scope: Scope, receive: Receive, send: Send) -> None:
    """`POST /api/interactions`: 201 with the interaction, once the log has it."""
    headers = read_headers(scope["headers"])
    require_json(headers.content_type)
    with PROCESS_BUDGET.lease() as lease:
        body = await read_body(receive, scope["headers"], RECORD_BODY_BYTES, lease)
        draft = await door.desk.draft(principal.tenant_id, body, headers)
        (posting,) = await door.desk.record(principal.tenant_id, (draft,), body, SINGLE_PATH, headers.idempotency_key)
        if isinstance(posting.outcome, Accepted):
            await _send_recorded(door.desk, posting.outcome, send)
        elif posting.outcome is not None:
            raise posting.outcome


async def answer_batch_request(door: Open, principal: Principal, scope: Scope, receive: Receive, send: Send) -> None:
    """`POST /api/interactions/batch`: one status for each item."""
    status, body, position = await answer_batch(door.desk, principal.tenant_id, scope["headers"], receive, BATCH_PATH)
    await _send(send, status, body, position)


async def _principal(access: Access, scope: Scope) -> Principal:
    """The caller, who must be allowed to record; a plain key is judged without the long way."""
    try:
        principal = await authenticate_scope(access, scope)
    except LogUnavailable:
        raise unavailable("credentials cannot be looked up now; try again", 1) from None
    require_role(principal, EDITOR)
    return principal


async def _send_recorded(desk: Desk, accepted: Accepted, send: Send) -> None:
    position = None if accepted.position is None else desk.position_of(accepted.position)
    await _send(send, 201, accepted.body, position)


async def _send(send: Send, status: int, body: bytes, position: bytes | None) -> None:
    headers = [_JSON, (b"content-length", b"%d" % len(body))]
    if position is not None:
        headers.append((b"waymark-position", position))
    start: MutableMapping[str, Any] = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})
