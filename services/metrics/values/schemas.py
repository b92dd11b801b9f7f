"""Query parameters and answers of the routes of values."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict, Field, RootModel

from libs.httpkit.camel import Camel, CamelQuery
from libs.httpkit.paging import MAX_LIMIT
from services.metrics.values.examples import EXPLANATION_EXAMPLE, SERIES_EXAMPLE, VALUE_EXAMPLE

MAX_VALUES: Final = 1_000
DEFAULT_VALUES: Final = 20
Step = Literal["hour", "6h", "day", "week"]
Scalar = str | bool | int | float | None
_AT: Final = "RFC 3339 time, past or future: computed for that instant, whatever the metric's mode and status."
_CUSTOMER: Final = Field(description="The customer.")


class ValuesQuery(CamelQuery):
    """The customer and the instant of the values."""

    customer_id: str | None = Field(default=None, description="Of this customer alone.")
    limit: int = Field(default=DEFAULT_VALUES, ge=1, le=MAX_VALUES, description=f"Values at most ({DEFAULT_VALUES}).")
    at: str | None = Field(default=None, description=_AT)


class SeriesQueryIn(CamelQuery):
    """The customer and the instants of the values."""

    customer_id: str = _CUSTOMER
    from_: str | None = Field(default=None, alias="from", description="The first instant; when absent, 30 days before.")
    to: str | None = Field(default=None, description="No instant is after this one; when absent, now.")
    step: Step = Field(default="day", description="From one instant to the next.")


class ExplainQueryIn(CamelQuery):
    """The value to explain, and the page of its records."""

    customer_id: str = _CUSTOMER
    at: str | None = Field(default=None, description=_AT)
    dimensions: str | None = Field(
        default=None,
        description="JSON object with a value for each dimension; needed where the metric has some.",
        examples=['{"store.country": "DE"}'],
    )
    limit: int = Field(default=MAX_LIMIT, ge=1, le=MAX_LIMIT, description=f"Records per page ({MAX_LIMIT}).")
    cursor: str | None = Field(default=None, description="`nextCursor` of the page before, which is of its instant.")


class WindowOut(Camel):
    """A customer's window, from `from` (null: all time), included, to `to`, not included."""

    customer_id: str
    dimensions: dict[str, Scalar] = Field(description="The values of the definition's `groupByDimensions`.")
    record_count: int = Field(description="Records that the value is made of.")
    from_: str | None = Field(alias="from")
    to: str
    computed_at: str


class MetricWindowOut(WindowOut):
    """A customer's window of a metric."""

    id: str
    metric_id: str


class ValueOut(MetricWindowOut):
    """A customer's value."""

    model_config = ConfigDict(json_schema_extra={"example": VALUE_EXAMPLE})

    value: int | float


class ValuesOut(RootModel[list[ValueOut]]):
    """Values by value descending, then by customer and dimensions in order of code points."""


class PointOut(Camel):
    """The value over the window that ends at an instant; of nothing null, for count and sum 0."""

    at: str
    value: int | float | None


class DimensionsSeriesOut(Camel):
    """The values of one group over time."""

    dimensions: dict[str, Scalar]
    points: list[PointOut]


class SeriesOut(Camel):
    """A customer's values over time, for each of its dimensions that has one in the range."""

    model_config = ConfigDict(json_schema_extra={"example": SERIES_EXAMPLE})

    metric_id: str
    customer_id: str
    from_: str = Field(alias="from")
    to: str
    step: Step
    series: list[DimensionsSeriesOut]


class RecordOut(Camel):
    """A record in the window, with what it gives to the value."""

    kind: Literal["interaction", "event"]
    id: str
    event_time: str
    number: int | float | None
    counted: bool
    reason: Literal["not_numeric"] | None = Field(description="Why it is not counted.")
    href: str


class ExplanationOut(MetricWindowOut):
    """A value with the records that it is made of, and those passed over, latest first."""

    model_config = ConfigDict(json_schema_extra={"example": EXPLANATION_EXAMPLE})

    value: int | float | None = Field(description="Of nothing null, for count and sum 0.")
    records: list[RecordOut]
    next_cursor: str | None
