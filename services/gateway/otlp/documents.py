"""The OTLP routes as documents: bodies, answers and errors in both encodings."""

from __future__ import annotations

from typing import Any

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
_REASONS = {
    400: "The body cannot be read as what its content type says; nothing was recorded",
    401: "No credential, or one that is not valid",
    403: "The credential does not allow recording",
    408: "The rest of the body did not come",
    413: "The body is over 16 MiB (also after decompression), or has more than 50,000 resources, scopes and records",
    415: "Neither protobuf nor JSON, or another content encoding than gzip",
    429: "The key's own rate limit is used up; see Retry-After",
    503: "Overload, or the log is away: send the same request again; see Retry-After",
}
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": reason,
        "content": {_PROTOBUF: _BINARY, _JSON: {"schema": _STATUS, "example": {"code": 3, "message": "…"}}},
    }
    for status, reason in _REASONS.items()
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


def _document(request: str, response: str, counted: str, example: dict[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of a route that describe it."""
    answer = {_PROTOBUF: _BINARY, _JSON: {"schema": _partial(counted), "example": {}}}
    schema = {"type": "object", "description": f"{request} in OTLP/JSON: ids in hexadecimal, names unknown ignored."}
    return {
        "responses": {
            200: {"description": f"The log has it; {response}", "headers": POSITION, "content": answer},
            **_ERRORS,
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
    "ExportTraceServiceResponse, spans refused are counted",
    "rejectedSpans",
    _SPANS_EXAMPLE,
)
LOGS_DOCUMENT = _document(
    "ExportLogsServiceRequest",
    "ExportLogsServiceResponse, log records refused are counted",
    "rejectedLogRecords",
    _LOGS_EXAMPLE,
)
