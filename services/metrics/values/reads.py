"""Values for requests: stored ones, and those of any instant. Each answer is read from one snapshot.

A realtime metric's value of a customer is computed when it is asked for; every other is the stored one, so that a
paused metric stands still. For an instant that the caller names all are computed.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from libs.contracts.metric_values import metric_text
from libs.contracts.times import DAY_MS, EARLIEST_MS, format_ms
from libs.httpkit.errors import NotFound, Unprocessable, Violation
from libs.httpkit.paging import page_and_last
from libs.projections.generations import ReadModel
from libs.records.short_text import short_text
from libs.service.reading import Answer, reading
from services.metrics.definitions.model import NOUN
from services.metrics.feeding.dimensions import NO_DIMENSIONS, dimensions_json, dims_of
from services.metrics.values.errors import NotYetCurrent
from services.metrics.values.model import CountedRecord, NotCurrent, ShownEdition
from services.metrics.values.render import points_json, record_json, value_json
from services.metrics.values.store import ValueStore

STEPS: Final[Mapping[str, int]] = {"hour": DAY_MS // 24, "6h": DAY_MS // 4, "day": DAY_MS, "week": 7 * DAY_MS}
"""The distances of a series' points in milliseconds, by name."""
MAX_POINTS: Final = 400
_SERIES_MS: Final = 30 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesQuery:
    """The instants of a series: every `step` from `from_ms` to `to_ms`, included; by default the last 30 days."""

    from_ms: int | None = None
    to_ms: int | None = None
    step: str = "day"

    def instants(self, now_ms: int) -> range:
        """Return the instants, in milliseconds since the epoch; 422 when there are none, or too many."""
        to_ms_ = now_ms if self.to_ms is None else self.to_ms
        from_ms = max(EARLIEST_MS, to_ms_ - _SERIES_MS) if self.from_ms is None else self.from_ms
        if from_ms > to_ms_:
            raise Unprocessable(Violation(("query", "from"), "from is after to, or after now"))
        instants = range(from_ms, to_ms_ + 1, STEPS[self.step])
        if len(instants) > MAX_POINTS:
            words = (
                f"there would be {len(instants)} points, at most {MAX_POINTS} are shown: narrow the range or step wider"
            )
            raise Unprocessable(Violation(("query", "step"), words))
        return instants


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainQuery:
    """The value to explain, its instant (None: that of the value shown now), and the page of its records."""

    customer: str
    dimensions: Mapping[str, object] | None
    at_ms: int | None
    after: CountedRecord | None
    limit: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """A value as of `at_ms` with a page of its records, as JSON; `last` is the last of them where more follow."""

    content: dict[str, Any]
    as_of: datetime
    at_ms: int
    last: CountedRecord | None


class ValueReads:
    """Reads values; `model` is the read model `series` as the request role sees it."""

    def __init__(self, model: ReadModel) -> None:
        self.model = model

    async def values(
        self, tenant_id: str, metric_id: uuid.UUID, customer: str | None, at_ms: int | None, *, limit: int
    ) -> Answer:
        """Return the greatest values, of a customer or of all. Raises NotFound, ModelBehind."""
        whose = None if customer is None else short_text(customer)
        async with self._reading(tenant_id) as store:
            as_of, of = await store.as_of(), await _shown(store, metric_id)
            if isinstance(of, NotCurrent):
                return Answer([], as_of)
            if at_ms is None and not (of.is_live and whose is not None):
                found = await store.stored(of, whose, limit=limit)
            else:
                found = await store.computed(of, whose, await store.clock_ms() if at_ms is None else at_ms, limit=limit)
        return Answer([value_json(of, one) for one in found], as_of)

    async def series(self, tenant_id: str, metric_id: uuid.UUID, customer: str, query: SeriesQuery) -> Answer:
        """Return a customer's values over time, by dimensions. Raises NotFound, Unprocessable, ModelBehind."""
        async with self._reading(tenant_id) as store:
            as_of, of = await store.as_of(), await _shown(store, metric_id)
            instants = query.instants(await store.clock_ms())
            shown = [] if isinstance(of, NotCurrent) else await _rolling(store, of, short_text(customer), instants)
        head = {
            "metricId": metric_text(metric_id),
            "customerId": customer,
            "from": format_ms(instants.start),
            "to": format_ms(instants.stop - 1),
            "step": query.step,
        }
        return Answer({**head, "series": shown}, as_of)

    async def explain(self, tenant_id: str, metric_id: uuid.UUID, query: ExplainQuery) -> Explanation:
        """Return a value with the records that it is made of, latest first.

        Raises NotFound, Unprocessable where the dimensions are not those of the metric, ModelBehind.
        """
        async with self._reading(tenant_id) as store:
            as_of, of = await store.as_of(), await _shown(store, metric_id)
            if isinstance(of, NotCurrent):
                raise NotYetCurrent
            key = short_text(query.customer), _required_dims(of, query.dimensions)
            at_ms = await store.shown_at_ms(of, *key) if query.at_ms is None else query.at_ms
            value = await store.computed_one(of, *key, at_ms)
            found = await store.contributions(of, *key, at_ms, query.after, limit=query.limit + 1)
        page, last = page_and_last(found, query.limit)
        records = [record_json(of.function, one) for one in page]
        return Explanation({**value_json(of, value), "records": records}, as_of, at_ms, last)

    @asynccontextmanager
    async def _reading(self, tenant_id: str) -> AsyncIterator[ValueStore]:
        async with reading(self.model, tenant_id, narrow_it="`customerId`, or ask for fewer instants") as conn:
            yield ValueStore(conn, tenant_id)


async def _shown(store: ValueStore, metric_id: uuid.UUID) -> ShownEdition | NotCurrent:
    """Return the edition of a metric whose values are shown; raises NotFound."""
    shown = await store.shown([metric_id])
    if metric_id not in shown:
        raise NotFound(what=NOUN, identifier=metric_text(metric_id))
    return shown[metric_id]


async def _rolling(store: ValueStore, of: ShownEdition, customer: str, instants: range) -> list[dict[str, Any]]:
    """Return a series for each of a customer's dimensions that has a value; without dimensions there is always one."""
    points = await store.rolling(of, customer, instants)
    by_dims = {dims: list(found) for dims, found in groupby(points, key=attrgetter("dims"))}
    if not of.dimensions:
        by_dims.setdefault(NO_DIMENSIONS, [])
    return [
        {"dimensions": dimensions_json(of.dimensions, dims), "points": points_json(of.function, instants, found)}
        for dims, found in by_dims.items()
    ]


def _required_dims(of: ShownEdition, dimensions: Mapping[str, object] | None) -> str:
    """Return the text of the dimensions; 422 where they are not those of the metric."""
    dims = dims_of(of.dimensions, dimensions or {})
    if dims is None:
        expected = "{" + ", ".join(f'"{name}": …' for name in of.dimensions) + "}"
        raise Unprocessable(
            Violation(("query", "dimensions"), f"an object with a value for each is expected: {expected}")
        )
    return dims
