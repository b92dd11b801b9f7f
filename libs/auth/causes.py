"""Why a request changes something, as the platform event of the change will say: who, in which correlation."""

from __future__ import annotations

from starlette.requests import Request

from libs.auth.principal import Principal
from libs.contracts.events import Actor, Cause
from libs.telemetry.tracing import parse_traceparent


def correlation_of(request: Request) -> str | None:
    """Return the trace id of the request's `traceparent`, if it came with one."""
    trace = parse_traceparent(request.headers.get("traceparent"))
    return None if trace is None else trace.trace_id


def cause_of(principal: Principal, request: Request) -> Cause:
    """Return the caller as the actor, the request's trace as the correlation."""
    actor = Actor(id=principal.subject, type=principal.actor_type)
    return Cause(actor=actor, correlation_id=correlation_of(request))
