"""`POST /v1/traces` and `POST /v1/logs`: OTLP over HTTP, for any OpenTelemetry SDK or collector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import Response
from starlette.routing import Match
from starlette.types import Scope
from uuid_utils.compat import uuid7

from libs.auth.http import Editor
from libs.auth.principal import Principal
from libs.contracts.times import format_ms
from libs.contracts.topics import EVENTS
from libs.httpkit.bodies import body_limit
from libs.httpkit.dialects import Rendered
from libs.httpkit.limits import BULK_BODY_BYTES
from libs.httpkit.positions import POSITION_HEADER
from libs.httpkit.router import DIALECT, FamilyRoute, FamilyRouter
from libs.httpkit.state import state
from libs.telemetry.metrics import GATEWAY_RECORDS_APPENDED, GATEWAY_RECORDS_REFUSED
from services.gateway.otlp.answers import dialect_for, rendered, require_encoding
from services.gateway.otlp.appending import Append, now_ms
from services.gateway.otlp.documents import LOGS_DOCUMENT, TRACES_DOCUMENT
from services.gateway.otlp.exporting import export
from services.gateway.otlp.model import EventTools
from services.gateway.otlp.signals import LOGS, SPANS, Signal
from services.gateway.recording.positions import WritePositions
from services.gateway.replicas.event_schemas import FindSchema

TRACES_PATH = "/v1/traces"
LOGS_PATH = "/v1/logs"
REFUSED_CODE = "otlp_rejected"


@dataclass(frozen=True, slots=True)
class OtlpRecorder:
    """The parts that the routes work with, from the lifespan."""

    append: Append
    positions: WritePositions
    find_schema: FindSchema


RecorderOf = Annotated[OtlpRecorder, state("otlp")]


class OtlpRoute(FamilyRoute):
    """A route whose errors are in the encoding of the request."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return as `FamilyRoute.matches`, with the request's own dialect."""
        match, child_scope = super().matches(scope)
        if match != Match.NONE:
            child_scope[DIALECT] = dialect_for(scope["headers"])
        return match, child_scope


router = FamilyRouter(tags=["opentelemetry"])
router.route_class = OtlpRoute


@router.post(TRACES_PATH, summary="Take spans as events", response_class=Response, **TRACES_DOCUMENT)
@body_limit(BULK_BODY_BYTES)
async def export_traces(request: Request, principal: Editor, recorder: RecorderOf) -> Response:
    """Each span becomes an event of its service, of type `otel.span.<name>`; a repeated span is the same event."""
    return await _answer(SPANS, request, principal, recorder)


@router.post(LOGS_PATH, summary="Take log records as events", response_class=Response, **LOGS_DOCUMENT)
@body_limit(BULK_BODY_BYTES)
async def export_logs(request: Request, principal: Editor, recorder: RecorderOf) -> Response:
    """Each log record becomes an event of its service, of type `otel.log.<event name>`, else by its severity.

    Log records have no identity: a batch that is sent again is recorded again.
    """
    return await _answer(LOGS, request, principal, recorder)


async def _answer(signal: Signal[Any], request: Request, principal: Principal, recorder: OtlpRecorder) -> Response:
    encoding = require_encoding(request.scope["headers"])
    body = await request.body()
    tools = EventTools(format_ms(now_ms()), uuid7, recorder.find_schema)
    outcome = await export(signal, encoding, body, principal.tenant_id, recorder.append, tools)
    GATEWAY_RECORDS_APPENDED.labels(EVENTS.name).inc(outcome.appended)
    GATEWAY_RECORDS_REFUSED.labels(REFUSED_CODE).inc(outcome.rejected)
    answer = rendered(200, signal.answer(outcome.rejected, outcome.message), encoding)
    response = _response(answer)
    position = recorder.positions.of(outcome.reached)
    if position is not None:
        response.headers[POSITION_HEADER] = position.decode()
    return response


def _response(answer: Rendered) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = list(answer.headers)
    return response
