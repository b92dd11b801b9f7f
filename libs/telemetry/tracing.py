"""W3C trace context, and OpenTelemetry set up from the standard `OTEL_*` environment (off without an endpoint)."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.trace import SpanContext, TraceFlags

from libs.lazy import lazy_imports

with lazy_imports():
    from libs.telemetry import exporting

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@dataclass(frozen=True, slots=True)
class TraceParent:
    """A position in a distributed trace: 32 and 16 lower-case hex digits, never all zero."""

    trace_id: str
    span_id: str
    flags: str = "01"

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


def parse_traceparent(text: str | None) -> TraceParent | None:
    """Return the trace context of a `traceparent` header; None when it is absent or invalid (W3C: then ignored)."""
    match = _TRACEPARENT.fullmatch(text.strip()) if text else None
    if match is None:
        return None
    version, trace_id, span_id, flags, rest = match.groups()
    if version == "ff" or (version == "00" and rest) or not trace_id.strip("0") or not span_id.strip("0"):
        return None
    return TraceParent(trace_id, span_id, flags)


def new_traceparent() -> TraceParent:
    """Return a trace that begins here."""
    return TraceParent(secrets.token_hex(16), secrets.token_hex(8))


def current_traceparent() -> str | None:
    """Return the active span as a `traceparent` text, for a record's header; None outside any span."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def span_context(text: str | None) -> SpanContext | None:
    """Return the remote span a `traceparent` names, for a parent or a link; None when it names none."""
    parent = parse_traceparent(text)
    if parent is None:
        return None
    flags = TraceFlags(int(parent.flags, 16))
    return SpanContext(int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=True, trace_flags=flags)


def tracing_wanted(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether the environment names a place to send traces to."""
    disabled = environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    none = environ.get("OTEL_TRACES_EXPORTER", "otlp").lower() == "none"
    return not disabled and not none and any(environ.get(name) for name in _ENDPOINTS)


def setup_tracing(service: str, environ: Mapping[str, str] = os.environ) -> None:
    """Install the process's tracer provider when the environment names a place to send traces to."""
    if tracing_wanted(environ):
        exporting.install_provider(environ.get("OTEL_SERVICE_NAME") or f"waymark-{service}")
