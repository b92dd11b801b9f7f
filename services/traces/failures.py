"""Reads from an event's payload how it ended: a span's status, the exceptions that it or a log record tells of.

Shapes are those of the gateway's OpenTelemetry events, which any producer may use as well. Texts are cut, so that a
tree of many records stays small; the events themselves keep the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

ERROR: Final = "ERROR"
MAX_EXCEPTIONS: Final = 10
MAX_TEXT: Final = 500
_CODES: Final = ("OK", ERROR)
_LEAST_ERROR: Final = 17
"""The severity number from which on a log record tells of an error (OpenTelemetry's data model of logs)."""
_EXCEPTION: Final = "exception"


class Ending(NamedTuple):
    """The end of an event. `told` is JSON: `code`, `message` and `exceptions`; None when there is nothing to tell."""

    is_error: bool
    told: str | None


UNTOLD = Ending(is_error=False, told=None)


def ending_of(payload: Mapping[str, Any], *, is_span: bool) -> Ending:
    """Return how a span or a log record ended; other events do not say in these shapes."""
    severity = payload.get("severityNumber")
    if not is_span and not isinstance(severity, int):
        return UNTOLD
    status = payload.get("status")
    told = status if is_span and isinstance(status, dict) else {}
    code = told.get("code") if told.get("code") in _CODES else None
    exceptions = list(_exceptions(payload))
    is_error = code == ERROR or bool(exceptions) or (isinstance(severity, int) and severity >= _LEAST_ERROR)
    if code is None and not exceptions:
        return Ending(is_error, None)
    content = {"code": code, "message": _text(told.get("message")), "exceptions": exceptions}
    return Ending(is_error, orjson.dumps(content).decode())


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
