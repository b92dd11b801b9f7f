"""Values of metrics as they are read, and the editions that they belong to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from libs.contracts.metric_values import ValueKey
from libs.eventlog.errors import ModelBehind
from services.metrics.definitions.model import Function, Mode, Status

Missing = Literal["metric_deleted", "not_current", "dimensions_changed"]
"""Why a value is unknown."""

ZERO_OF_NOTHING: Final[frozenset[Function]] = frozenset(("count", "sum"))
"""The functions whose value of nothing is 0, where one is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEdition:
    """The edition of a metric that is shown. `window_days` is None for all time.

    `is_filled` says whether the generation that serves has all of its series' contributions.
    """

    tenant_id: str
    metric_id: uuid.UUID
    name: str
    status: Status
    edition: int
    series_id: int
    function: Function
    window_days: int | None
    mode: Mode
    computed_at: datetime | None
    dimensions: tuple[str, ...]
    is_filled: bool

    @property
    def is_live(self) -> bool:
        """Whether a customer's value is computed when it is asked for; else it is the stored one."""
        return self.mode == "realtime" and self.status == "active" and self.is_filled

    def require_filled(self) -> None:
        """Raise ModelBehind where the generation that serves lacks contributions of the series."""
        if not self.is_filled:
            raise ModelBehind(f"the records of {self.name!r} are being read anew; try again")

    def key(self, customer: str, dims: str) -> ValueKey:
        """Return the key of a customer's value."""
        return ValueKey(self.tenant_id, self.metric_id, customer, dims)


class NotCurrent(NamedTuple):
    """A metric that has no values yet."""

    name: str


class KeyCursor(NamedTuple):
    """The key of a value: a customer, and the text of the dimensions' values; keys are computed in this order."""

    customer: str
    dims: str


KeyScope = Literal["all", "changed"]
"""Which keys of an edition are computed: all, or those that records touched and those that are due to change."""


class CustomerValue(NamedTuple):
    """A value of `records` records, as of `computed_at`; None where the window has nothing for it."""

    customer: str
    dims: str
    value: Decimal | None
    records: int
    computed_at: datetime


class RollingPoint(NamedTuple):
    """A value at an instant, in milliseconds since the epoch."""

    at_ms: int
    dims: str
    value: Decimal


class CountedRecord(NamedTuple):
    """A contribution: the id of its record with the record's kind, its event time, its number if it has one."""

    record_id: str
    event_at: int
    number: Decimal | None


class WantedValue(NamedTuple):
    """A metric, and the dimensions whose value is wanted: None for the value over all of them."""

    metric_id: uuid.UUID
    dimensions: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueReading:
    """A customer's value of a metric; None where the window has nothing, and where it is unknown, by `missing`.

    The name is None for a metric that is deleted.
    """

    metric_name: str | None = None
    function: Function | None = None
    value: Decimal | None = None
    computed_at: datetime | None = None
    missing: Missing | None = None
