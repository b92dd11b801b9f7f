"""The OTLP routes as documents: bodies, answers and errors in both encodings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from services.gateway.otlp.pieces import MAX_PARTS
from services.gateway.recording.documents import POSITION

_SPECIFICATION = "https://opentelemetry.io/docs/specs/otlp/#otlphttp"
_PROTOBUF = "application/x-protobuf"
_JSON = "application/json"
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_STATUS: dict[str, Any] = {
    "type": "object",
    "description": "google.rpc.Status.",
    "properties": {
        "code": {"type": "integer", "description": "google.rpc.Code."},
        "message": {"type": "string", "description": "What is wrong."},
    },
}
ERROR: Final = {_PROTOBUF: _BINARY, _JSON: {"schema": _STATUS, "example": {"code": 3, "message": "…"}}}
"""The content of every error, in the encoding of its request."""
_TOO_MANY_PARTS: dict[int | str, dict[str, Any]] = {
    413: {"description": f"The request has more than {MAX_PARTS} resources, scopes and records", "content": ERROR}
}
_RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": "checkout"}}]}
_TRACE_ID, _SPAN_ID = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"
_SPANS_EXAMPLE: dict[str, Any] = {
    "resourceSpans": [
        {
            "resource": _RESOURCE,
            "scopeSpans": [
                {
                    "scope": {"name": "shop", "version": "1.4.0"},
                    "spans": [
                        {
                            "traceId": _TRACE_ID,
                            "spanId": _SPAN_ID,
                            "name": "payment",
                            "kind": 3,
                            "startTimeUnixNano": "1768473000000000000",
                            "endTimeUnixNano": "1768473000250000000",
                            "attributes": [{"key": "amount", "value": {"doubleValue": 149.99}}],
                            "status": {"code": 1},
                        }
                    ],
                }
            ],
        }
    ]
}
_LOGS_EXAMPLE: dict[str, Any] = {
    "resourceLogs": [
        {
            "resource": _RESOURCE,
            "scopeLogs": [
                {
                    "scope": {"name": "shop"},
                    "logRecords": [
                        {
                            "timeUnixNano": "1768473000100000000",
                            "severityNumber": 9,
                            "eventName": "payment.captured",
                            "body": {"stringValue": "149.99 USD captured"},
                            "traceId": _TRACE_ID,
                            "spanId": _SPAN_ID,
                        }
                    ],
                }
            ],
        }
    ]
}


_METRICS_EXAMPLE: dict[str, Any] = {
    "resourceMetrics": [
        {
            "resource": _RESOURCE,
            "scopeMetrics": [
                {
                    "scope": {"name": "shop"},
                    "metrics": [
                        {
                            "name": "queue.length",
                            "gauge": {"dataPoints": [{"asInt": "3", "timeUnixNano": "1768473000100000000"}]},
                        }
                    ],
                }
            ],
        }
    ]
}


def _partial(counted: str) -> dict[str, Any]:
    """Return the schema of a response; `counted` is its count of refused records."""
    members = {
        counted: {"type": "string", "description": "How many were refused (int64, as text)."},
        "errorMessage": {"type": "string", "description": "Why: the first five, each with its place."},
    }
    return {
        "type": "object",
        "description": "Empty when everything was recorded.",
        "properties": {"partialSuccess": {"type": "object", "properties": members}},
    }


def _document(
    request: str,
    description: str,
    counted: str,
    example: dict[str, Any],
    *,
    headers: Mapping[str, Any] = MappingProxyType({}),
    errors: Mapping[int | str, dict[str, Any]] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the keyword arguments of a route that describe it."""
    answer = {_PROTOBUF: _BINARY, _JSON: {"schema": _partial(counted), "example": {}}}
    schema = {"type": "object", "description": f"{request} in OTLP/JSON: ids in hexadecimal, names unknown ignored."}
    return {
        "responses": {
            200: {"description": description, "content": answer, "headers": dict(headers)},
            **errors,
        },
        "openapi_extra": {
            "externalDocs": {"url": _SPECIFICATION, "description": "OTLP/HTTP"},
            "requestBody": {
                "required": True,
                "description": f"{request}, plain or gzip.",
                "content": {_PROTOBUF: _BINARY, _JSON: {"schema": schema, "example": example}},
            },
        },
    }


TRACES_DOCUMENT = _document(
    "ExportTraceServiceRequest",
    "The log has it; ExportTraceServiceResponse, spans refused are counted",
    "rejectedSpans",
    _SPANS_EXAMPLE,
    headers=POSITION,
    errors=_TOO_MANY_PARTS,
)
LOGS_DOCUMENT = _document(
    "ExportLogsServiceRequest",
    "The log has it; ExportLogsServiceResponse, log records refused are counted",
    "rejectedLogRecords",
    _LOGS_EXAMPLE,
    headers=POSITION,
    errors=_TOO_MANY_PARTS,
)
METRICS_DOCUMENT = _document(
    "ExportMetricsServiceRequest",
    "Taken and not kept; ExportMetricsServiceResponse, whose message says so",
    "rejectedDataPoints",
    _METRICS_EXAMPLE,
)
