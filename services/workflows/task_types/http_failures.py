"""What calls by HTTP fail with: which failures may pass, and after which surely nothing was done."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final

import orjson

from libs.objects.changes import utc_now
from libs.outbound.calls import Reply
from libs.outbound.errors import AddressRefused, CallFailed, CallTimedOut, HostUnreachable, UrlRefused
from libs.webhooks.retries import retry_after_s
from services.workflows.task_types.model import MAX_RETRY_AFTER_S, TaskFailed

ADDRESS_REFUSED: Final = "address_refused"
HTTP_STATUS: Final = "http_status"
INVALID_INPUT: Final = "invalid_input"
_UNDONE: Final = frozenset((408, 425, 429, 503))
_SHOWN_CHARS: Final = 1_000


async def called(call: Awaitable[Reply]) -> Reply:
    """Return the reply to a call, whatever its status. Raises TaskFailed when there is none."""
    try:
        return await call
    except CallFailed as failure:
        raise failure_of(failure) from None
    except ValueError as error:
        raise TaskFailed(INVALID_INPUT, str(error)) from None


def failure_of(failure: CallFailed) -> TaskFailed:
    """Return how a task fails whose call brought no reply."""
    match failure:
        case UrlRefused() | AddressRefused():
            return TaskFailed(ADDRESS_REFUSED, str(failure), is_undone=True)
        case HostUnreachable():
            return TaskFailed("no_connection", str(failure), retryable=True, is_undone=True)
        case CallTimedOut():
            return TaskFailed("timeout", str(failure), retryable=True)
        case _:
            return TaskFailed("no_reply", str(failure), retryable=True)


def is_success(reply: Reply) -> bool:
    """Return whether the status is of the kind 2xx."""
    return 200 <= reply.status < 300


def failed_status(reply: Reply, code: str = HTTP_STATUS, message: str | None = None) -> TaskFailed:
    """Return how a task fails whose reply has a status that it does not expect."""
    wait_s = retry_after_s(reply.headers.get("retry-after"), utc_now())
    return TaskFailed(
        code,
        message or f"status {reply.status}",
        retryable=reply.status in _UNDONE or reply.status >= 500,
        is_undone=reply.status in _UNDONE,
        detail={"status_code": reply.status, "body": reply.body.decode("utf-8", "replace")[:_SHOWN_CHARS]},
        retry_after_s=None if wait_s is None else min(wait_s, MAX_RETRY_AFTER_S),
    )


def json_of(reply: Reply) -> Any:
    """Return the JSON object of a reply; an empty one when it is none."""
    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
