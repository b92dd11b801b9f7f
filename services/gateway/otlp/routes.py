"""`POST /v1/traces`, `/v1/logs` and `/v1/metrics`: OTLP over HTTP, for any OpenTelemetry SDK or collector."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from libs.auth.http import Editor
from libs.auth.principal import Principal
from libs.httpkit.bodies import body_limit
from libs.httpkit.dialects import Rendered
from libs.httpkit.errors import ApiError
from libs.httpkit.limits import BULK_BODY_BYTES
from libs.httpkit.positions import POSITION_HEADER
from libs.httpkit.router import DIALECT, FamilyRoute, FamilyRouter
from libs.httpkit.state import state
from services.gateway.otlp.answers import render_for, rendered, require_encoding
from services.gateway.otlp.documents import ERROR, LOGS_DOCUMENT, METRICS_DOCUMENT, TRACES_DOCUMENT
from services.gateway.otlp.recorder import OtlpRecorder
from services.gateway.otlp.signals import LOGS, METRICS_ANSWER, SPANS, Signal

TRACES_PATH = "/v1/traces"
LOGS_PATH = "/v1/logs"
METRICS_PATH = "/v1/metrics"


RecorderOf = Annotated[OtlpRecorder, state("otlp")]


class OtlpRoute(FamilyRoute):
    """A route whose errors are in the encoding of the request."""

    @classmethod
    def document(cls, error: ApiError) -> tuple[int, dict[str, Any]]:
        """Return the status of an error, and its content in both encodings."""
        return error.status, ERROR

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return as `FamilyRoute.matches`, with the request's own dialect."""
        match, child_scope = super().matches(scope)
        if match != Match.NONE:
            child_scope[DIALECT] = render_for(scope["headers"])
        return match, child_scope


router = FamilyRouter(tags=["opentelemetry"])
router.route_class = OtlpRoute


@router.post(TRACES_PATH, summary="Take spans as events", response_class=Response, **TRACES_DOCUMENT)
@body_limit(BULK_BODY_BYTES)
async def export_traces(request: Request, principal: Editor, recorder: RecorderOf) -> Response:
    """Record each span as an event of its service, of type `otel.span.<name>`; a repeated span is the same event."""
    return await _answer(SPANS, request, principal, recorder)


@router.post(LOGS_PATH, summary="Take log records as events", response_class=Response, **LOGS_DOCUMENT)
@body_limit(BULK_BODY_BYTES)
async def export_logs(request: Request, principal: Editor, recorder: RecorderOf) -> Response:
    """Record each log record as an event of its service, of type `otel.log.<event name>`, else named by its severity.

    Log records have no identity: a batch that is sent again is recorded again.
    """
    return await _answer(LOGS, request, principal, recorder)


@router.post(METRICS_PATH, summary="Take metrics, and keep none", response_class=Response, **METRICS_DOCUMENT)
@body_limit(BULK_BODY_BYTES)
async def export_metrics(request: Request, _: Editor, _recorder: RecorderOf) -> Response:
    """Accept metrics, so that an SDK which exports them has no errors, and say in the answer that they are not kept."""
    encoding = require_encoding(request.scope["headers"])
    await request.body()
    return _response(rendered(200, METRICS_ANSWER, encoding))


async def _answer(signal: Signal[Any], request: Request, principal: Principal, recorder: OtlpRecorder) -> Response:
    encoding = require_encoding(request.scope["headers"])
    answer, position = await recorder.record(signal, encoding, await request.body(), principal.tenant_id)
    response = _response(rendered(200, answer, encoding))
    if position is not None:
        response.headers[POSITION_HEADER] = position.decode()
    return response


def _response(answer: Rendered) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = list(answer.headers)
    return response
