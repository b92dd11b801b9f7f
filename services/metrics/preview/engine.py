"""A metric tried on records of the log: contributions and windows in memory, without I/O.

Parts of the log are read from its end backwards. Only the records accepted since a moment count from which on all are
read, so that a partition with little traffic shows no more of the past than the others.
"""

from __future__ import annotations

import heapq
import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from operator import attrgetter
from typing import Any, Final, NamedTuple

from libs.contracts.envelope import tenant_of
from libs.contracts.errors import InvalidRecord
from libs.contracts.times import DAY_MS, format_ms, from_ms
from libs.eventlog.header_codec import HeaderScreen
from libs.eventlog.port import StoredRecord
from libs.expressions.numbers import EXACT
from services.metrics.definitions.model import Function, MetricDefinition
from services.metrics.feeding.index import Contribution, IndexedSeries, SeriesIndex
from services.metrics.values.model import CountedRecord, CustomerValue
from services.metrics.values.render import record_json, window_json

SHOWN_VALUES: Final = 20
SHOWN_RECORDS: Final = 10
_NO_ID: Final = 0
_MEAN: Final = Context(prec=17, rounding=ROUND_HALF_EVEN)


class Sifted(NamedTuple):
    """A record of the tenant: when it was accepted, and what it contributes."""

    accepted_ms: int
    contribution: Contribution | None


@dataclass(frozen=True, slots=True)
class Viewed:
    """The customer whose values are shown (None: the greatest of all customers), and the instant."""

    customer: str | None
    at_ms: int


class MetricPreview:
    """A definition tried on one tenant's records."""

    def __init__(self, tenant_id: str, definition: MetricDefinition) -> None:
        self._tenant_id = tenant_id
        self._definition = definition
        self._index = SeriesIndex([IndexedSeries(tenant_id, _NO_ID, definition.source)])
        self._screen = HeaderScreen("ce_tenantid", frozenset((tenant_id.encode(),)))
        self._accepted = array("q")
        self._by_record: dict[str, tuple[int, Contribution]] = {}

    @property
    def scanned(self) -> int:
        """How many records of the tenant were taken."""
        return len(self._accepted)

    def sift(self, record: StoredRecord) -> Iterator[Sifted]:
        """Yield the record if it is one of the tenant; an invalid one contributes nothing."""
        if not self._screen.passes(record.stored_headers) or tenant_of(record.headers) != self._tenant_id:
            return
        try:
            contributions: Sequence[Contribution] = self._index.contributions(record)
        except InvalidRecord:
            contributions = ()
        yield Sifted(record.timestamp_ms, contributions[0] if contributions else None)

    def take(self, part: Iterable[Sifted]) -> None:
        """Take a part of the log that lies before all parts so far; of records of one id the first one counts."""
        first: dict[str, tuple[int, Contribution]] = {}
        for accepted_ms, contribution in part:
            self._accepted.append(accepted_ms)
            if contribution is not None:
                first.setdefault(contribution.record_id, (accepted_ms, contribution))
        self._by_record |= first

    def content(self, viewed: Viewed, from_ms: int | None) -> dict[str, Any]:
        """Return the preview over the records accepted since `from_ms`, None for all that the log has."""
        least_ms = -math.inf if from_ms is None else from_ms
        accepted = [accepted_ms for accepted_ms in self._accepted if accepted_ms >= least_ms]
        found = [one for accepted_ms, one in self._by_record.values() if accepted_ms >= least_ms]
        function = self._definition.aggregate_function
        contributed = sum(one.number is not None for one in found) if function != "count" else len(found)
        values = values_of(self._definition, found, viewed.at_ms)
        start_ms = min(accepted, default=None) if from_ms is None else from_ms
        return {
            "scanned": len(accepted),
            "complete": from_ms is None,
            "from": None if start_ms is None else format_ms(start_ms),
            "matched": len(found),
            "contributed": contributed,
            "skipped": {"notNumeric": len(found) - contributed},
            "customers": len({value.customer for value in values}),
            "values": self._values_json(values, viewed.customer),
            "records": self._records_json(found, viewed),
        }

    def _values_json(self, values: Sequence[CustomerValue], customer: str | None) -> list[dict[str, Any]]:
        shown = [value for value in values if customer in {None, value.customer}][:SHOWN_VALUES]
        of = self._definition
        return [window_json(of.aggregate_function, of.window_days, of.group_by_dimensions, one) for one in shown]

    def _records_json(self, found: Iterable[Contribution], viewed: Viewed) -> list[dict[str, Any]]:
        shown = [
            CountedRecord(one.record_id, one.event_at, None if one.number is None else Decimal(one.number))
            for one in found
            if viewed.customer in {None, one.customer}
            and _is_within(self._definition.window_days, viewed.at_ms, one.event_at)
        ]
        latest = heapq.nlargest(SHOWN_RECORDS, shown, key=lambda record: (record.event_at, record.record_id))
        return [record_json(self._definition.aggregate_function, record) for record in latest]


def values_of(
    definition: MetricDefinition, contributions: Iterable[Contribution], at_ms: int
) -> Sequence[CustomerValue]:
    """Return the values at an instant, greatest first, then by customer and dimensions."""
    by_key: defaultdict[tuple[str, str], list[Contribution]] = defaultdict(list)
    for one in contributions:
        if _is_within(definition.window_days, at_ms, one.event_at):
            by_key[one.customer, one.dims].append(one)
    at = from_ms(at_ms)
    values = [_value(definition.aggregate_function, key, by_key[key], at) for key in sorted(by_key)]
    return sorted((one for one in values if one.value is not None), key=attrgetter("value"), reverse=True)


def _is_within(window_days: int | None, at_ms: int, event_at: int) -> bool:
    return event_at < at_ms and (window_days is None or event_at >= at_ms - window_days * DAY_MS)


def _value(
    function: Function, key: tuple[str, str], contributions: Sequence[Contribution], at: datetime
) -> CustomerValue:
    numbers = [Decimal(one.number) for one in contributions if one.number is not None]
    if function == "count":
        return CustomerValue(*key, Decimal(len(contributions)), len(contributions), at)
    return CustomerValue(*key, _of_numbers(function, numbers) if numbers else None, len(numbers), at)


def _of_numbers(function: Function, numbers: Sequence[Decimal]) -> Decimal:
    if function in {"min", "max"}:
        return min(numbers) if function == "min" else max(numbers)
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number)
    return total if function == "sum" else _MEAN.divide(total, Decimal(len(numbers)))
