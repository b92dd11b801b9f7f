"""Why a request changes something, as the platform event of the change will say: who, in which correlation."""

from __future__ import annotations

from starlette.requests import Request

from libs.auth.principal import Principal
from libs.contracts.events import Actor, Cause
from libs.telemetry.tracing import parse_traceparent


def cause_of(principal: Principal, request: Request) -> Cause:
    """The caller as the actor; the trace id of `traceparent`, if it came with one, as the correlation."""
    trace = parse_traceparent(request.headers.get("traceparent"))
    actor = Actor(id=principal.subject, type=principal.actor_type)
    return Cause(actor=actor, correlation_id=None if trace is None else trace.trace_id)
