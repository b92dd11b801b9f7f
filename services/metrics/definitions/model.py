"""Values of metric definitions: what their makers choose, and what values are computed from."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Literal, NamedTuple

import msgspec
import orjson

Function = Literal["count", "sum", "avg", "min", "max"]
Mode = Literal["batch", "realtime"]
Status = Literal["active", "paused"]
EditionState = Literal["building", "serving", "retired"]

NOUN: Final = "behavioral metric"

MAX_METRICS: Final = 20
"""The most metrics of a tenant."""
REALTIME_FUNCTIONS: Final = ("count", "sum")
MAX_NAME_CHARS: Final = 100
MAX_DESCRIPTION_CHARS: Final = 500
MAX_SOURCE_CHARS: Final = 256
"""As many as an event type may have."""
MAX_WINDOW_DAYS: Final = 365
MAX_DIMENSIONS: Final = 2
MAX_CONDITIONS_BYTES: Final = 65_536
"""The most that filter conditions take as JSON."""
MIN_INTERVAL_MIN: Final = 5
MAX_INTERVAL_MIN: Final = 1_440
DEFAULT_INTERVAL_MIN: Final = 60


class SeriesSource(msgspec.Struct, frozen=True, kw_only=True):
    """The source of a series: the records that contribute, and the dimensions by which they are grouped.

    Metrics of one source share its contributions, whatever their functions and windows.
    """

    source_field: str
    filter_conditions: Any = None
    sql_filter: str | None = None
    group_by_dimensions: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The name of the source within its tenant: the order of members of the conditions does not count."""
        text = orjson.dumps(msgspec.to_builtins(self), option=orjson.OPT_SORT_KEYS)
        return sha256(text).hexdigest()


class MetricDefinition(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The fields of a metric that its makers choose. `window_days` is None for all time."""

    name: str
    description: str | None = None
    aggregate_function: Function
    source_field: str
    window_days: int | None = None
    group_by_dimensions: tuple[str, ...] = ()
    filter_conditions: Any = None
    sql_filter: str | None = None
    compute_mode: Mode = "batch"
    batch_interval_min: int = DEFAULT_INTERVAL_MIN
    status: Status = "active"

    @property
    def source(self) -> SeriesSource:
        """The source of the metric's series; conditions that pass every record are left out."""
        return SeriesSource(
            source_field=self.source_field,
            filter_conditions=self.filter_conditions or None,
            sql_filter=self.sql_filter,
            group_by_dimensions=self.group_by_dimensions,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric as an object of a tenant.

    `edition` is the newest way of computing its values; `serving` the one whose values are shown, None before the first
    is complete.
    """

    tenant_id: str
    id: uuid.UUID
    version: int
    definition: MetricDefinition
    edition: int
    serving: int | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


class EditionKey(NamedTuple):
    """The key of an edition."""

    tenant_id: str
    metric_id: uuid.UUID
    edition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One way of computing a metric's values: a change of the function, the window or the series begins another.

    `version` is the latest version of the metric that has its values computed so, `generation` that of the read model
    from which all of them have been computed.
    """

    tenant_id: str
    metric_id: uuid.UUID
    edition: int
    version: int
    series_id: int
    function: Function
    window_days: int | None
    mode: Mode
    state: EditionState
    value_count: int
    computed_at: datetime | None
    generation: int | None

    @property
    def key(self) -> EditionKey:
        """The edition's key."""
        return EditionKey(self.tenant_id, self.metric_id, self.edition)


class MetricFigures(NamedTuple):
    """Figures of a metric's values; `not_numeric` counts the contributions that are skipped for want of a number."""

    value_count: int
    last_computed_at: datetime | None
    next_compute_at: datetime | None
    not_numeric: int
