"""The headers of a request that records or runs something, read once: user, unit of work, time, Idempotency-Key.

A header's bytes are taken as UTF-8 when they are, else as Latin-1, so that names and units of work in any script pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from libs.contracts.texts import is_printable
from libs.httpkit.errors import ApiError, Loc, Unprocessable, Violation
from libs.httpkit.idempotency import parse_key
from libs.httpkit.times import format_time, parse_time
from libs.telemetry.tracing import parse_traceparent

MAX_NAME_LENGTH = 200
CONTENT_TYPE = b"content-type"
API_KEY = b"x-api-key"
TENANT = b"x-tenant-id"
REQUEST_ID = b"x-request-id"
PREFER = b"prefer"
_RECORDED = frozenset(
    (
        *(b"x-uowid", b"x-userid", b"x-interaction-timestamp", b"x-span-id", b"x-parent-span-id"),
        *(b"traceparent", b"idempotency-key"),
    )
)
_KNOWN = _RECORDED | {CONTENT_TYPE, API_KEY, TENANT, REQUEST_ID, PREFER}
HeaderBytes = Mapping[bytes, bytes]
"""The headers of a request that matter here, undecoded."""


class RequestHeaders(msgspec.Struct, frozen=True, gc=False):
    """The decoded headers, which hold for every interaction of a request; None for those that were not sent."""

    uow_id: str | None = None
    user_id: str | None = None
    interaction_timestamp: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    traceparent: str | None = None
    trace_id: str | None = None
    idempotency_key: str | None = None
    content_type: str | None = None

    def recorded(self) -> dict[str, str | None]:
        """Return the headers that are kept with a record, and that a repeat must therefore send alike.

        A trace context is not among them, though a unit of work may be taken from it: a client that tries again
        traces that as another request.
        """
        return {
            "x-uowid": self.uow_id,
            "x-userid": self.user_id,
            "x-interaction-timestamp": self.interaction_timestamp,
            "x-span-id": self.span_id,
            "x-parent-span-id": self.parent_span_id,
        }


NO_HEADERS = RequestHeaders()
_JSON = RequestHeaders(content_type="application/json")


def scan(raw: Iterable[tuple[bytes, bytes]]) -> HeaderBytes:
    """Pick the headers that matter in one pass; of repeated ones the first counts."""
    known: dict[bytes, bytes] = {}
    for name, value in raw:
        if name in _KNOWN and name not in known:
            known[name] = value
    return known


def read_headers(raw: HeaderBytes) -> RequestHeaders:
    """Decode and check the headers; 422 naming every one that is not acceptable. A malformed traceparent is ignored."""
    content_type = _header(raw, CONTENT_TYPE)
    if _RECORDED.isdisjoint(raw):
        return _JSON if content_type == "application/json" else RequestHeaders(content_type=content_type)
    violations: list[Violation] = []
    traceparent = _header(raw, b"traceparent")
    trace = None if traceparent is None else parse_traceparent(traceparent)
    headers = RequestHeaders(
        uow_id=printable(_header(raw, b"x-uowid"), ("header", "x-uowid"), violations),
        user_id=printable(_header(raw, b"x-userid"), ("header", "x-userid"), violations),
        interaction_timestamp=timestamp(
            _header(raw, b"x-interaction-timestamp"), ("header", "x-interaction-timestamp"), violations
        ),
        span_id=printable(_header(raw, b"x-span-id"), ("header", "x-span-id"), violations),
        parent_span_id=printable(_header(raw, b"x-parent-span-id"), ("header", "x-parent-span-id"), violations),
        traceparent=traceparent if trace else None,
        trace_id=trace.trace_id if trace else None,
        idempotency_key=_idempotency_key(_header(raw, b"idempotency-key"), violations),
        content_type=content_type,
    )
    if violations:
        raise Unprocessable(*violations)
    return headers


def printable(value: str | None, loc: Loc, violations: list[Violation]) -> str | None:
    """Return the value if it is absent or 1 to 200 printable characters; else a violation says so."""
    if value is None or (0 < len(value) <= MAX_NAME_LENGTH and is_printable(value)):
        return value
    violations.append(Violation(loc, f"1 to {MAX_NAME_LENGTH} printable characters are expected", "not_printable"))
    return None


def timestamp(value: str | None, loc: Loc, violations: list[Violation]) -> str | None:
    """Return the time in UTC with milliseconds; else a violation says so."""
    if value is None:
        return None
    try:
        return format_time(parse_time(value, loc))
    except ApiError as error:
        violations.extend(error.violations)
        return None


def _idempotency_key(value: str | None, violations: list[Violation]) -> str | None:
    if value is None:
        return None
    try:
        return parse_key(value)
    except ApiError as error:
        violations.extend(error.violations)
        return None


def _header(raw: HeaderBytes, name: bytes) -> str | None:
    value = raw.get(name)
    return None if value is None else _text(value)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
