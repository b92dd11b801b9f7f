"""Reads from a record how it ended: well, in an error, or as it does not say; and what a span or a log record tells.

Shapes are those of the gateway's OpenTelemetry events, which any producer may use as well. Texts are cut, so that a
tree of many records stays small; the events themselves keep the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import orjson

Status: TypeAlias = Literal["ok", "error"]
MAX_EXCEPTIONS: Final = 10
MAX_TEXT: Final = 500
_OF_CODES: Final[Mapping[str, Status]] = {"OK": "ok", "ERROR": "error"}
_OF_ACTIONS: Final[Mapping[str, Status]] = {"completed": "ok", "failed": "error"}
_LEAST_ERROR: Final = 17
"""The severity number from which on a log record tells of an error (OpenTelemetry's data model of logs)."""
_EXCEPTION: Final = "exception"


class Ending(NamedTuple):
    """The end of an event, None where it does not say.

    `told` is JSON: `code`, `message` and `exceptions`; None when there is nothing to tell.
    """

    status: Status | None
    told: str | None


UNTOLD = Ending(status=None, told=None)


def status_of_action(action: str) -> Status | None:
    """Return how an interaction ended, by its action's mnemonic: `COMPLETED` and `FAILED` say so."""
    return _OF_ACTIONS.get(action.casefold())


def ending_of(payload: Mapping[str, Any], *, is_span: bool) -> Ending:
    """Return how a span or a log record ended; other events do not say in these shapes."""
    severity = payload.get("severityNumber")
    if not is_span and not isinstance(severity, int):
        return UNTOLD
    sent = payload.get("status")
    told = sent if is_span and isinstance(sent, dict) else {}
    code = _text(told.get("code"))
    said = None if code is None else _OF_CODES.get(code)
    exceptions = list(_exceptions(payload))
    is_severe = isinstance(severity, int) and severity >= _LEAST_ERROR
    status: Status | None = "error" if exceptions or is_severe else said
    if said is None and not exceptions:
        return Ending(status, None)
    content = {"code": code if said else None, "message": _text(told.get("message")), "exceptions": exceptions}
    return Ending(status, orjson.dumps(content).decode())


def _exceptions(payload: Mapping[str, Any]) -> Iterator[dict[str, str | None]]:
    """Yield type and message of the span events that are exceptions, and of the one that a log record has itself."""
    points = payload.get("events")
    named = [one for one in points if _is_exception(one)] if isinstance(points, list) else []
    for holder in (*named[:MAX_EXCEPTIONS], payload):
        attributes = holder.get("attributes")
        if isinstance(attributes, dict):
            kind, message = (_text(attributes.get(f"{_EXCEPTION}.{part}")) for part in ("type", "message"))
            if kind is not None or message is not None:
                yield {"type": kind, "message": message}


def _is_exception(point: object) -> bool:
    return isinstance(point, dict) and point.get("name") == _EXCEPTION


def _text(value: object) -> str | None:
    return value[:MAX_TEXT] if isinstance(value, str) and value else None
