"""Why a request changes something, as the platform event of the change will say: who, in which correlation."""

from __future__ import annotations

from starlette.requests import Request

from libs.auth.principal import Principal
from libs.contracts.events import Actor, Cause
from libs.telemetry.tracing import new_traceparent, parse_traceparent

_CORRELATION = "waymark.correlation"


def correlation_of(request: Request) -> str:
    """Return the trace id of the request's `traceparent`, else one that is made for the request.

    Its `x-request-id` is for logs: clients choose that freely and may repeat it.
    """
    known: str | None = request.scope.get(_CORRELATION)
    if known is None:
        trace = parse_traceparent(request.headers.get("traceparent")) or new_traceparent()
        known = request.scope[_CORRELATION] = trace.trace_id
    return known


def cause_of(principal: Principal, request: Request) -> Cause:
    """Return the caller as the actor, the request's trace as the correlation."""
    actor = Actor(id=principal.subject, type=principal.actor_type)
    return Cause(actor=actor, correlation_id=correlation_of(request))
