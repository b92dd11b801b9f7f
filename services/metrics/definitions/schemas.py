"""Query parameters and answers of metric definitions' routes; times are RFC 3339."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.httpkit.camel import Camel, CamelQuery
from libs.httpkit.error_models import StatusOut
from libs.httpkit.paging import MAX_LIMIT
from services.metrics.backfill.progress import Phase
from services.metrics.definitions.examples import METRIC_EXAMPLE, REFERENCED_EXAMPLE
from services.metrics.definitions.model import Function, Mode, Status
from services.metrics.family import PageOut

DEFAULT_LIMIT: Final = 20


class MetricsQuery(CamelQuery):
    """A page of the list, newest first, and its filter."""

    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description=f"Metrics per page ({DEFAULT_LIMIT}).")
    cursor: str | None = Field(default=None, description="`nextCursor` of the page before.")
    status: Status | None = Field(default=None, description="Of this status alone.")


class MetricCountOut(Camel):
    """The number of a metric's values."""

    values: int = Field(description="One for each customer, or customer and dimensions, with a value.")


class SkippedOut(Camel):
    """The number of records that match and do not count, by reason."""

    not_numeric: int


class MetricStateOut(Camel):
    """How complete the values of the latest version are."""

    phase: Phase
    progress: float = Field(description="From 0 to 1.")
    records_read: int
    records_total: int = Field(description="Records of the log to be read for it: those before the metric was made.")
    serving_version: int | None = Field(description="The version whose values are shown; null before the first are.")
    covered_from: str | None = Field(description="Null unless retention has deleted the log's beginning.")
    error: str | None


class MetricOut(Camel):
    """A behavioral metric."""

    model_config = ConfigDict(json_schema_extra={"example": METRIC_EXAMPLE})

    id: str
    name: str
    description: str | None
    aggregate_function: Function
    source_field: str
    window_days: int | None
    group_by_dimensions: list[str]
    filter_conditions: dict[str, Any] | None
    sql_filter: str | None
    compute_mode: Mode
    batch_interval_min: int
    status: Status
    version: int
    created_at: str
    created_by: str
    updated_at: str
    updated_by: str
    last_computed_at: str | None
    next_compute_at: str | None = Field(description="Null unless it is computed by the clock.")
    skipped: SkippedOut
    state: MetricStateOut
    count: MetricCountOut = Field(alias="_count")


class MetricsPageOut(PageOut[MetricOut]):
    """A page of metrics, newest first; `nextCursor` is null at the end."""


class ReferenceOut(BaseModel):
    """An active rule that refers to a metric."""

    kind: Literal["contact_policy", "qualification_rule"]
    id: str
    name: str


class ReferencedOut(StatusOut):
    """An error with the rules that are its cause."""

    references: list[ReferenceOut]


class ReferencedErrorOut(BaseModel):
    """The error of a metric that active rules refer to."""

    model_config = ConfigDict(json_schema_extra={"example": REFERENCED_EXAMPLE})

    error: ReferencedOut
