"""Query parameters and answers of health's routes. Times are milliseconds since the epoch, durations milliseconds."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from libs.contracts.critical_interactions import Category, Cause, Outcome
from libs.httpkit.camel import Camel, CamelQuery
from libs.httpkit.paging import DEFAULT_LIMIT, MAX_LIMIT

Granularity = Literal["minute", "15 minutes", "hour", "6 hours", "day"]
_TIME: Final = "Milliseconds since the epoch, or an RFC 3339 time."
_FIGURES: Final[dict[str, Any]] = {
    "completed": 95,
    "errored": 4,
    "aborted": 1,
    "total": 100,
    "apdex": 0.92,
    "strictApdex": 0.882828,
    "errorRate": 0.040404,
    "categories": {"excellent": 80, "good": 10, "average": 4, "poor": 1},
    "errors": {"timeout": 3, "sequence_violation": 1},
    "aborts": {"global": 0, "forbidden": 0, "stopped": 1, "deleted": 0},
    "p50": 1204.5,
    "p95": 3311.2,
    "p99": 5020.9,
    "throughputPerMinute": 1.6666666666666667,
}
_START: Final = 1768473000000
_LIMITS: Final[dict[str, Any]] = {
    "sample": 95,
    "uptimeLowerLimitInMs": 1205,
    "uptimeMidLimitInMs": 1904,
    "uptimeUpperLimitInMs": 3312,
    "thresholdInMs": 6624,
}


class RangeQuery(CamelQuery):
    """A range of time, `[from, to)`."""

    from_: str | None = Field(default=None, alias="from", description=f"Start of the range, included. {_TIME}")
    to: str | None = Field(default=None, description=f"End of the range, not included; when absent, now. {_TIME}")


class HealthQueryIn(RangeQuery):
    """A range of time, how finely it is cut, and what results are counted apart by."""

    granularity: Granularity | None = Field(
        default=None, description="Length of the buckets; when absent, by the range's."
    )
    group_by: str | None = Field(default=None, description="A dimension of the definition, or `version`.")


class ResultsQuery(RangeQuery):
    """The filters of a list of results; all of them must hold. The range is of `endedAt`."""

    outcome: str | None = Field(default=None, description="`completed`, `errored` or `aborted`.")
    cause: str | None = Field(default=None, description="Cause of an errored or aborted one.")
    category: str | None = Field(default=None, description="Category of a completed one.")
    key: str | None = Field(default=None, description="Match key.")
    version: int | None = Field(default=None, ge=1, le=2**63 - 1, description="Version of the definition.")
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Results per page.")
    cursor: str | None = Field(default=None, description="The `nextCursor` of the page before.")


class CategoriesOut(Camel):
    """Numbers of completed ones by category."""

    excellent: int
    good: int
    average: int
    poor: int


class ErrorsOut(Camel):
    """Numbers of errored ones by cause."""

    timeout: int
    sequence_violation: int = Field(alias="sequence_violation")


class AbortsOut(Camel):
    """Numbers of aborted ones by cause."""

    global_: int = Field(alias="global")
    forbidden: int
    stopped: int
    deleted: int


class FiguresOut(Camel):
    """Figures of a set of results. Rates are fractions, null when divided by nothing."""

    model_config = ConfigDict(json_schema_extra={"example": _FIGURES})

    completed: int
    errored: int
    aborted: int
    total: int
    apdex: float | None = Field(description="Mean score of completed ones.")
    strict_apdex: float | None = Field(description="Mean score of completed and errored ones, the latter scored 0.")
    error_rate: float | None = Field(description="Share of errored ones among completed and errored ones.")
    categories: CategoriesOut
    errors: ErrorsOut
    aborts: AbortsOut
    p50: float | None = Field(description="Durations of completed ones by nearest rank, within 1 %.")
    p95: float | None
    p99: float | None
    throughput_per_minute: float


class BucketOut(FiguresOut):
    """Figures of a part of the range; the first and last are cut to it."""

    model_config = ConfigDict(json_schema_extra={"example": {"start": _START, **_FIGURES}})

    start: int


class GroupOut(FiguresOut):
    """Figures of the results with one value of a dimension; `~other` has the values that are not counted apart."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"value": "WEBAPP", **_FIGURES, "series": [{"start": _START, **_FIGURES}]}}
    )

    value: str | None
    series: list[BucketOut]


class Health(Camel):
    """Health of a critical interaction over a range, which is rounded outwards to minutes."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "CheckoutSuccess",
                "id": 7,
                "from": _START,
                "to": _START + 3_600_000,
                "granularity": "hour",
                "asOf": _START + 3_600_000,
                "open": 3,
                "late": 0,
                "notOpened": 0,
                "total": _FIGURES,
                "series": [{"start": _START, **_FIGURES}],
            }
        }
    )

    name: str
    id: int
    from_: int = Field(alias="from")
    to: int
    granularity: Granularity
    as_of: int = Field(description="Everything accepted before is decided and counted.")
    open: int = Field(description="Matches that are open now.")
    late: int = Field(description="Records of the range that came too late to have an effect.")
    not_opened: int = Field(description="Records of the range that found no room for another match.")
    total: FiguresOut
    series: list[BucketOut] = Field(description="Buckets aligned in UTC, oldest first, empty ones included.")
    groups: list[GroupOut] | None = Field(default=None, description="With `groupBy` alone; most results first.")


class HealthOut(Camel):
    """Health of a critical interaction, under `data`."""

    data: Health


class ExpectedOut(Camel):
    """The required step that was to come next."""

    step: int = Field(description="Place among the definition's `events`.")
    name: str


class ReceivedOut(Camel):
    """The record that ended a match."""

    record_id: str
    name: str
    time: int


class StepOut(Camel):
    """A record that a match advanced with."""

    step: int = Field(description="Place among the definition's `events`.")
    name: str
    record_id: str
    source: Literal["interaction", "event"]
    time: int
    uow_id: str | None


class ResultOut(Camel):
    """How a match of a critical interaction ended. Duration, score and category are null unless it completed."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "0b8f3c1e-5a6d-5e7f-8a9b-0c1d2e3f4a5b",
                "interactionId": 7,
                "name": "CheckoutSuccess",
                "version": 3,
                "key": "user:ann",
                "outcome": "errored",
                "cause": "timeout",
                "expected": {"step": 1, "name": "order.paid"},
                "received": None,
                "stepReached": 1,
                "steps": [
                    {
                        "step": 0,
                        "name": "ORDER.CREATE",
                        "recordId": "8d1f0b7e-0d5c-4b1e-9a47-3d8c5a0e7f11",
                        "source": "interaction",
                        "time": _START,
                        "uowId": "checkout-1",
                    }
                ],
                "startedAt": _START,
                "endedAt": _START + 60_000,
                "durationMs": None,
                "score": None,
                "category": None,
                "dimensions": {"origin": "WEBAPP"},
                "uowIds": ["checkout-1"],
                "traces": ["/api/traces/checkout-1"],
            }
        }
    )

    id: str
    interaction_id: int
    name: str
    version: int
    key: str
    outcome: Outcome
    cause: Cause | None
    expected: ExpectedOut | None
    received: ReceivedOut | None
    step_reached: int
    steps: list[StepOut]
    started_at: int
    ended_at: int
    duration_ms: int | None
    score: float | None
    category: Category | None
    dimensions: dict[str, str | None]
    uow_ids: list[str]
    traces: list[str] = Field(description="Paths of the traces that the match touched.")


class ResultsPage(Camel):
    """A page of results, latest first; `nextCursor` is null at the end."""

    results: list[ResultOut]
    next_cursor: str | None


class ResultsOut(Camel):
    """A page of results, under `data`."""

    data: ResultsPage


class SuggestedLimits(Camel):
    """Limits made from how long completed ones took; null when fewer than 20 did."""

    model_config = ConfigDict(json_schema_extra={"example": _LIMITS})

    sample: int = Field(description="Number of completed ones in the range.")
    uptime_lower_limit_in_ms: int | None
    uptime_mid_limit_in_ms: int | None
    uptime_upper_limit_in_ms: int | None
    threshold_in_ms: int | None


class SuggestedLimitsOut(Camel):
    """Suggested limits, under `data`."""

    data: SuggestedLimits
