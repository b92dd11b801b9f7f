"""The answer of the preview. Times are milliseconds since the epoch, durations milliseconds."""

from __future__ import annotations

from typing import Any, Final

from pydantic import ConfigDict, Field

from libs.httpkit.camel import Camel
from services.monitoring.health.schemas import FiguresOut, ResultOut, SuggestedLimits

_FROM: Final = 1768386600000
_TO: Final = 1768473000000
_STARTED: Final = 1768390200000
_EXAMPLE: Final[dict[str, Any]] = {
    "from": _FROM,
    "to": _TO,
    "scanned": 1204,
    "relevant": 3,
    "truncated": False,
    "scannedTo": _TO,
    "open": 1,
    "late": 0,
    "total": {
        "completed": 1,
        "errored": 0,
        "aborted": 0,
        "total": 1,
        "apdex": 0.75,
        "strictApdex": 0.75,
        "errorRate": 0.0,
        "categories": {"excellent": 0, "good": 1, "average": 0, "poor": 0},
        "errors": {"timeout": 0, "sequence_violation": 0},
        "aborts": {"global": 0, "forbidden": 0, "stopped": 0, "deleted": 0},
        "p50": 151.1,
        "p95": 151.1,
        "p99": 151.1,
        "throughputPerMinute": 0.0006944444444444445,
    },
    "results": [
        {
            "id": "d2a32e4c-6f0c-5f3f-9a5c-0d4b7c1e2f30",
            "interactionId": 0,
            "name": "CheckoutSuccess",
            "version": 0,
            "key": "user:ann",
            "outcome": "completed",
            "cause": None,
            "expected": None,
            "received": None,
            "stepReached": 2,
            "steps": [
                {
                    "step": 0,
                    "name": "ORDER.CREATE",
                    "recordId": "8d1f0b7e-0d5c-4b1e-9a47-3d8c5a0e7f11",
                    "source": "interaction",
                    "time": _STARTED,
                    "uowId": "checkout-1",
                },
                {
                    "step": 1,
                    "name": "payment.settled",
                    "recordId": "5b1c9a52-7f1e-4f0b-8f37-1f1c2d3e4f50",
                    "source": "event",
                    "time": _STARTED + 150,
                    "uowId": "checkout-1",
                },
            ],
            "startedAt": _STARTED,
            "endedAt": _STARTED + 150,
            "durationMs": 150,
            "score": 0.75,
            "category": "Good",
            "dimensions": {"origin": "WEBAPP"},
            "uowIds": ["checkout-1"],
            "traces": ["/api/traces/checkout-1"],
        }
    ],
    "suggestedLimits": {
        "sample": 1,
        "uptimeLowerLimitInMs": None,
        "uptimeMidLimitInMs": None,
        "uptimeUpperLimitInMs": None,
        "thresholdInMs": None,
    },
}


class PreviewFound(Camel):
    """The results that a definition would have had of the records accepted in `[from, to)`.

    Truncated after 500,000 of the tenant's records, after 10 s, or with too many matches open: then it is what the
    records accepted before `scannedTo` come to. `interactionId` and `version` of the results are 0.
    """

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    from_: int = Field(alias="from")
    to: int
    scanned: int = Field(description="Records of the tenant that were looked at.")
    relevant: int = Field(description="Records that the definition names.")
    truncated: bool
    scanned_to: int = Field(description="Up to when, by accept time; `to` unless truncated.")
    open: int = Field(description="Matches that are open then.")
    late: int = Field(description="Records that came too late to have an effect.")
    total: FiguresOut
    results: list[ResultOut] = Field(description="At most `limit`, latest first.")
    suggested_limits: SuggestedLimits


class PreviewOut(Camel):
    """A preview under `data`."""

    data: PreviewFound
