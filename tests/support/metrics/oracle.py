"""Every value of a metric at any instant, worked out from what was posted with plain loops and decimals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, NamedTuple

from tests.support.metrics.conditions import Truth, judged
from tests.support.metrics.posted import Posted, at_path, json_of, kind_of

DAY_MS = 24 * 60 * 60 * 1000
_EXACT = Context(prec=5_000)
_SEVENTEEN_DIGITS = Context(prec=17, rounding=ROUND_HALF_EVEN)
Dims = tuple[str, ...]
"""The JSON of each dimension's value, in the definition's order."""


class Contribution(NamedTuple):
    """What a record gives to a metric; `number` is None where it has none."""

    record: Posted
    customer: str
    dims: Dims
    event_ms: int
    number: int | Decimal | None


class Value(NamedTuple):
    """A customer's value over a window, of how many records."""

    customer: str
    dims: Dims
    value: Decimal
    records: int

    @property
    def dims_text(self) -> str:
        return f"[{','.join(self.dims)}]"


@dataclass(frozen=True)
class OracleMetric:
    """A definition as it was posted; `sql` says what its `sqlFilter` means."""

    body: Mapping[str, Any]
    sql: Callable[[Posted], Truth] | None = None

    @property
    def function(self) -> str:
        return str(self.body["aggregateFunction"])

    @property
    def window_ms(self) -> int | None:
        """The length of the window, None for all time."""
        days = self.body.get("windowDays")
        return None if days is None else days * DAY_MS

    @property
    def entries(self) -> Sequence[str]:
        """The dimensions as the definition spells them."""
        return self.body.get("groupByDimensions") or []

    def contribution(self, record: Posted) -> Contribution | None:
        """Return what the record gives to the metric, None for nothing."""
        source, customer = self.body["sourceField"], record.customer
        found = at_path(record.data, source)
        if found is None and record.name.lower() == source.lower():
            found = at_path(record.data, "value")
        elif found is None:
            return None
        if customer is None or not self._passes(record):
            return None
        dims = tuple(json_of(record.field(entry)) for entry in self.entries)
        return Contribution(record, customer, dims, record.event_ms, found if kind_of(found) == "number" else None)

    def _passes(self, record: Posted) -> bool:
        conditions = self.body.get("filterConditions")
        if conditions is not None and judged(conditions, record) is not True:
            return False
        return self.sql is None or self.sql(record) is True


class Oracle:
    """The values of a metric, of records in the order in which they were accepted."""

    def __init__(self, metric: OracleMetric, records: Iterable[Posted]) -> None:
        self.metric = metric
        self.contributions: list[Contribution] = []
        known: set[tuple[str, str]] = set()
        for record in records:
            given = metric.contribution(record)
            if given is not None and (record.kind, record.id) not in known:
                known.add((record.kind, record.id))
                self.contributions.append(given)

    @property
    def customers(self) -> list[str]:
        """Everybody with a contribution, at whatever time."""
        return sorted({one.customer for one in self.contributions})

    def counts(self, one: Contribution) -> bool:
        """Return whether a contribution is part of a value: all but `count` pass over those without a number."""
        return self.metric.function == "count" or one.number is not None

    def window(self, at_ms: int, customer: str | None = None, dims: Dims | None = None) -> list[Contribution]:
        """Return the contributions with an event time in `[at - window, at)`, of all or of one customer and dims."""
        length = self.metric.window_ms
        return [
            one
            for one in self.contributions
            if one.event_ms < at_ms
            and (length is None or one.event_ms >= at_ms - length)
            and customer in {None, one.customer}
            and dims in {None, one.dims}
        ]

    def values(self, at_ms: int, customer: str | None = None) -> list[Value]:
        """Return the values at an instant in the order of lists: by value descending, customer, dimensions."""
        by_key: defaultdict[tuple[str, Dims], list[Contribution]] = defaultdict(list)
        for one in self.window(at_ms, customer):
            if self.counts(one):
                by_key[one.customer, one.dims].append(one)
        found = [Value(*key, self._aggregate(several), len(several)) for key, several in by_key.items()]
        return sorted(found, key=lambda one: (one.value.copy_negate(), one.customer, one.dims_text))

    def value(self, at_ms: int, customer: str, dims: Dims | None = None) -> Decimal | None:
        """Return one value; without `dims` over all of them. Of nothing: 0 for count and sum, else None."""
        counted = [one for one in self.window(at_ms, customer, dims) if self.counts(one)]
        if not counted:
            return Decimal(0) if self.metric.function in {"count", "sum"} else None
        return self._aggregate(counted)

    def _aggregate(self, several: Sequence[Contribution]) -> Decimal:
        if self.metric.function == "count":
            return Decimal(len(several))
        numbers = [Decimal(one.number) for one in several if one.number is not None]
        if self.metric.function in {"min", "max"}:
            return min(numbers) if self.metric.function == "min" else max(numbers)
        total = Decimal(0)
        for number in numbers:
            total = _EXACT.add(total, number)
        return total if self.metric.function == "sum" else _SEVENTEEN_DIGITS.divide(total, Decimal(len(numbers)))
