"""Request bodies of metric definitions' routes."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from libs.expressions.conditions import segments_of
from libs.httpkit.camel import CamelBody
from libs.httpkit.fields import PRINTABLE, WHOLE, IfSent
from services.metrics.definitions.examples import FIELDS_EXAMPLE, METRIC_ID
from services.metrics.definitions.model import (
    DEFAULT_INTERVAL_MIN,
    MAX_DESCRIPTION_CHARS,
    MAX_DIMENSIONS,
    MAX_INTERVAL_MIN,
    MAX_NAME_CHARS,
    MAX_SOURCE_CHARS,
    MAX_WINDOW_DAYS,
    MIN_INTERVAL_MIN,
    Function,
    MetricDefinition,
    Mode,
    Status,
)

_CLEARED_BY_NULL: Final = ("description", "window_days", "group_by_dimensions", "filter_conditions", "sql_filter")
_NAME: Final = "Unique in the tenant, in any case."
_SOURCE: Final = "The action or event type of the records that contribute, or a dotted path into their data."


def _dimension(name: str) -> str:
    segments_of(name)
    return name


def _distinct(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("each dimension is expected once")
    return names


Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS), PRINTABLE]
Description = Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION_CHARS)]
SourceField = Annotated[str, StringConstraints(min_length=1, max_length=MAX_SOURCE_CHARS), PRINTABLE]
WindowDays = Annotated[int, Field(strict=True, ge=1, le=MAX_WINDOW_DAYS), WHOLE]
Dimensions = Annotated[
    list[Annotated[str, AfterValidator(_dimension)]], Field(max_length=MAX_DIMENSIONS), AfterValidator(_distinct)
]
IntervalMin = Annotated[int, Field(strict=True, ge=MIN_INTERVAL_MIN, le=MAX_INTERVAL_MIN), WHOLE]


class MetricFieldsIn(CamelBody):
    """The fields of a metric that its makers choose. A realtime one counts or sums."""

    name: IfSent[Name] = Field(default=None, description=_NAME)
    description: Description | None = None
    aggregate_function: IfSent[Function] = None
    source_field: IfSent[SourceField] = Field(default=None, description=_SOURCE)
    window_days: WindowDays | None = Field(default=None, description="Null for all time.")
    group_by_dimensions: Dimensions | None = Field(default=None, description="Dotted paths or attributes.")
    filter_conditions: dict[str, Any] | None = None
    sql_filter: str | None = Field(default=None, description="A WHERE clause; records are filtered by both.")
    compute_mode: IfSent[Mode] = Field(default=None, description="`batch` by default.")
    batch_interval_min: IfSent[IntervalMin] = Field(default=None, description=f"{DEFAULT_INTERVAL_MIN} by default.")

    def changes(self) -> dict[str, Any]:
        """Return the values of the definition's fields that the body wants, by their names."""
        values = self.sent(among=MetricDefinition.__struct_fields__, nullable=_CLEARED_BY_NULL)
        if "group_by_dimensions" in values:
            values["group_by_dimensions"] = tuple(values["group_by_dimensions"] or ())
        return values


class MetricIn(MetricFieldsIn):
    """A metric to create."""

    model_config = ConfigDict(json_schema_extra={"example": FIELDS_EXAMPLE})

    name: Name = Field(description=_NAME)
    aggregate_function: Function
    source_field: SourceField = Field(description=_SOURCE)

    def definition(self) -> MetricDefinition:
        """Return the definition as the model has it."""
        return MetricDefinition(**self.changes())


class MetricChangesIn(MetricFieldsIn):
    """The metric's id and the fields to change.

    Null clears description, windowDays, groupByDimensions, filterConditions and sqlFilter.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"id": METRIC_ID, "windowDays": 7, "status": "paused"}})

    id: str = Field(description="The metric's id.")
    status: IfSent[Status] = None
