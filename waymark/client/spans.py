"""The unit of work and span of the running code, and the headers that carry them to another process.

They are kept in a context variable: tasks inherit it, a new thread only when it is run in a copied context. With
OpenTelemetry installed and a span of its own current, that span's ids are used, so both tell the same story.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from waymark.client.ids import new_span_id, new_trace_id

try:
    from opentelemetry import trace as _otel
except ImportError:  # pragma: no cover
    _otel = None  # type: ignore[assignment]

UOW_HEADER = "x-uowid"
TRACEPARENT = "traceparent"
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = "01"


@dataclass(frozen=True, slots=True)
class Span:
    """A span of a unit of work; what is recorded inside it carries these ids."""

    uow_id: str
    trace_id: str
    span_id: str
    parent_span_id: str | None = None
    user_id: str | None = None
    flags: str = _SAMPLED
    entered_beside: str | None = field(default=None, repr=False, compare=False)

    @property
    def traceparent(self) -> str:
        """The `traceparent` of an outgoing call (W3C Trace Context)."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    def headers(self) -> dict[str, str]:
        """Return the headers that continue this span in a service that is called; values may hold any script."""
        own = {} if self.uow_id == self.trace_id else {UOW_HEADER: self.uow_id}
        return {TRACEPARENT: self.traceparent, **own}

    def span(self, name: str) -> AbstractContextManager[Span]:
        """Open a span inside the current one; `name` is its name in OpenTelemetry, where that is in use."""
        return open_span(name)


_current: ContextVar[Span | None] = ContextVar("waymark_span", default=None)


def current_span() -> Span | None:
    """Return the innermost span, Waymark's or OpenTelemetry's; None outside of any."""
    own, otel = _current.get(), _otel_span()
    if otel is None:
        return own
    if own is None:
        return otel
    if otel.span_id == own.entered_beside:
        return own
    return replace(otel, uow_id=own.uow_id, user_id=own.user_id, parent_span_id=otel.parent_span_id or own.span_id)


@contextmanager
def unit_of_work(uow_id: str | None = None, *, user_id: str | None = None) -> Iterator[Span]:
    """Begin a unit of work: everything recorded inside has its id, the trace's id unless `uow_id` is given."""
    with _otel_child("unit of work"):
        outer = _otel_span()
        trace_id = outer.trace_id if outer else new_trace_id()
        span_id = outer.span_id if outer else new_span_id()
        parent = outer.parent_span_id if outer else None
        flags = outer.flags if outer else _SAMPLED
        with _entered(Span(uow_id or trace_id, trace_id, span_id, parent, user_id, flags)) as span:
            yield span


@contextmanager
def open_span(name: str) -> Iterator[Span]:
    """Open a span inside the current unit of work; outside of any, begin one."""
    outer = current_span()
    if outer is None:
        with unit_of_work() as span:
            yield span
        return
    with _otel_child(name):
        inner = _otel_span()
        span_id = inner.span_id if inner and inner.span_id != outer.span_id else new_span_id()
        with _entered(replace(outer, span_id=span_id, parent_span_id=outer.span_id)) as span:
            yield span


@contextmanager
def continue_trace(headers: Mapping[str, str], *, user_id: str | None = None) -> Iterator[Span]:
    """Continue the unit of work that an incoming request names, in a span of its own; begin one when it names none.

    Reads `traceparent` and `x-uowid`, in any case. A malformed traceparent counts as absent.
    """
    lowercase = {name.lower(): value for name, value in headers.items()}
    remote = parse_traceparent(lowercase.get(TRACEPARENT))
    uow_id = lowercase.get(UOW_HEADER) or None
    otel = _otel_span()
    if remote is None or (otel is not None and otel.trace_id == remote.trace_id):
        # OpenTelemetry's own instrumentation has continued the trace already.
        with unit_of_work(uow_id, user_id=user_id) as span:
            yield span
        return
    inside = replace(remote, span_id=new_span_id(), parent_span_id=remote.span_id, user_id=user_id)
    with _entered(replace(inside, uow_id=uow_id or remote.trace_id)) as span:
        yield span


def parse_traceparent(text: str | None) -> Span | None:
    """Parse a `traceparent`; None when it is absent or not valid."""
    match = _TRACEPARENT.fullmatch(text.strip()) if text else None
    if match is None:
        return None
    version, trace_id, span_id, flags, rest = match.groups()
    if version == "ff" or (version == "00" and rest) or not trace_id.strip("0") or not span_id.strip("0"):
        return None
    return Span(trace_id, trace_id, span_id, flags=flags)


@contextmanager
def _entered(span: Span) -> Iterator[Span]:
    otel = _otel_span()
    token = _current.set(replace(span, entered_beside=otel.span_id if otel else None))
    try:
        yield span
    finally:
        _current.reset(token)


def _otel_span() -> Span | None:
    """Return OpenTelemetry's current span."""
    if _otel is None:
        return None
    span: Any = _otel.get_current_span()
    context = span.get_span_context()
    if not context.is_valid:
        return None
    parent = getattr(span, "parent", None)
    trace_id = f"{context.trace_id:032x}"
    return Span(
        trace_id,
        trace_id,
        f"{context.span_id:016x}",
        f"{parent.span_id:016x}" if parent is not None else None,
        flags=f"{context.trace_flags:02x}",
    )


@contextmanager
def _otel_child(name: str) -> Iterator[None]:
    """Open a span of OpenTelemetry's inside its current one, if it has one."""
    if _otel is None or _otel_span() is None:
        yield
        return
    with _otel.get_tracer("waymark.client").start_as_current_span(name):
        yield
