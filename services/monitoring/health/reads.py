"""Answers of health to requests: figures of a range, results, suggested limits. Each is read from one snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import orjson

from libs.contracts.times import to_ms
from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.paging import page_and_last
from libs.pg.database import Connection
from libs.pg.time_limits import bound_time
from libs.projections.generations import ReadModel
from libs.service.reading import Answer, reading
from services.monitoring.definitions.model import VERSION, CriticalInteraction
from services.monitoring.definitions.reads import named
from services.monitoring.definitions.store import InteractionStore
from services.monitoring.health import store
from services.monitoring.health.freshness import Freshness
from services.monitoring.health.matching import matching_of
from services.monitoring.health.model import TOTAL
from services.monitoring.health.ranges import GRANULARITIES, Period
from services.monitoring.health.scores import Tally, figures_json
from services.monitoring.health.store import Place, ResultFilter
from services.monitoring.health.suggestions import suggested_limits

MAX_BUCKETS: Final = 10_000
"""How many buckets, of all groups together, an answer may have."""
_TIMEOUT_S: Final = 10.0
_INLINE_BUCKETS: Final = 400
_NOTHING: Final[Mapping[int, Tally]] = {}

Tallies = Mapping[int, Mapping[int, Tally]]
"""Tallies by series and bucket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthQuery:
    """A range, the granularity of its buckets (None: by its length), and the dimension to count apart by."""

    period: Period
    granularity: str | None = None
    group_by: str | None = None


class Results(NamedTuple):
    """A page of results as JSON, latest first, and the place of the last one when more follow."""

    shown: list[dict[str, Any]]
    last: Place | None


class HealthReads:
    """Reads health; `model` and `matches` are the read models as the request role sees them."""

    def __init__(self, model: ReadModel, matches: ReadModel, freshness: Freshness) -> None:
        self.model = model
        self._matches = matches
        self._freshness = freshness

    async def health(self, tenant_id: str, name: str, query: HealthQuery) -> Answer:
        """Return the figures of a range: of the whole, of each bucket, of each group. Raises NotFound, 422."""
        as_of = await self._freshness.as_of()
        period, granularity = query.period, query.granularity or query.period.granularity()
        async with self._reading(tenant_id) as conn:
            one = await named(InteractionStore(conn, tenant_id), name)
            values = await _values(conn, one, query.group_by)
            totals = await store.tallies(conn, tenant_id, one.id, [TOTAL, *values], period.whole())
            groups = _most_first(values, totals)
            step = _step(period, granularity, len(groups))
            series = [TOTAL, *groups] if TOTAL in totals else []
            buckets = await store.tallies(conn, tenant_id, one.id, series, period.runs(step)) if series else {}
        matching = await matching_of(self._matches, tenant_id, one.id, period)
        head = {
            "name": one.definition.name,
            "id": one.id,
            "from": period.from_ms,
            "to": period.to_ms,
            "granularity": granularity,
            "asOf": to_ms(as_of),
            "open": matching.open,
            "late": matching.late,
            "notOpened": matching.not_opened,
        }
        shown = _Shown(period, step, totals, buckets)
        if period.count(step) * (1 + len(groups)) > _INLINE_BUCKETS:
            # In a thread, so that other requests are answered meanwhile.
            figures = await asyncio.to_thread(shown.json, groups, grouped=query.group_by is not None)
        else:
            figures = shown.json(groups, grouped=query.group_by is not None)
        return Answer({"data": {**head, **figures}}, as_of)

    async def results(
        self, tenant_id: str, name: str, wanted: ResultFilter, before: Place | None, limit: int
    ) -> tuple[Results, Any]:
        """Return a page of results, and how fresh it is. Raises NotFound."""
        as_of = await self._freshness.as_of()
        async with self._reading(tenant_id) as conn:
            one = await named(InteractionStore(conn, tenant_id), name)
            await bound_time(conn, _TIMEOUT_S)
            found = await store.page(conn, tenant_id, one.id, wanted, before, limit + 1)
        page, last = page_and_last(found, limit)
        return Results([result_json(text) for _, text in page], None if last is None else last[0]), as_of

    async def suggested_limits(self, tenant_id: str, name: str, period: Period) -> Answer:
        """Return the limits that the completed ones of a range suggest. Raises NotFound."""
        as_of = await self._freshness.as_of()
        async with self._reading(tenant_id) as conn:
            one = await named(InteractionStore(conn, tenant_id), name)
            totals = await store.tallies(conn, tenant_id, one.id, [TOTAL], period.whole())
        return Answer({"data": suggested_limits(_whole(totals, TOTAL))}, as_of)

    @asynccontextmanager
    async def _reading(self, tenant_id: str) -> AsyncIterator[Connection]:
        async with reading(self.model, tenant_id, narrow_it="from and to, or by a key") as conn:
            yield conn


@dataclass(frozen=True, slots=True)
class _Shown:
    """Figures of a period as JSON: `totals` of the whole, `buckets` of `step` minutes each."""

    period: Period
    step: int
    totals: Tallies
    buckets: Tallies

    def json(self, groups: Mapping[int, str | None], *, grouped: bool) -> dict[str, Any]:
        """Return what the answer says of the period; `groups` are the values by their series."""
        shown: dict[str, Any] = {"total": self._total(TOTAL), "series": self._series(TOTAL)}
        if grouped:
            shown["groups"] = [
                {"value": value, **self._total(number), "series": self._series(number)}
                for number, value in groups.items()
            ]
        return shown

    def _total(self, number: int) -> dict[str, Any]:
        return figures_json(_whole(self.totals, number), self.period.minutes)

    def _series(self, number: int) -> list[dict[str, Any]]:
        found = self.buckets.get(number, _NOTHING)
        return [
            {"start": bucket.start_ms, **figures_json(found.get(place, Tally()), bucket.minutes)}
            for place, bucket in enumerate(self.period.buckets(self.step))
        ]


async def _values(conn: Connection, one: CriticalInteraction, group_by: str | None) -> dict[int, str | None]:
    """Return the values to count apart by the numbers of their series; 422 for what is no dimension."""
    if group_by is None:
        return {}
    dimensions = (*one.definition.dimensions, VERSION)
    if group_by not in dimensions:
        expected = " or ".join(map(repr, dimensions))
        raise Unprocessable(Violation(("query", "groupBy"), f"{group_by[:200]!r} is no dimension; expected {expected}"))
    return await store.values_of(conn, one.tenant_id, one.id, group_by)


def _most_first(values: Mapping[int, str | None], totals: Tallies) -> dict[int, str | None]:
    """Return the values that have results, most results first, equal ones by value, null last."""
    counted = {number: _whole(totals, number).total for number in values}
    order = sorted(values, key=lambda number: (-counted[number], values[number] is None, values[number] or ""))
    return {number: values[number] for number in order if counted[number]}


def _whole(totals: Tallies, number: int) -> Tally:
    return totals.get(number, _NOTHING).get(0, Tally())


def _step(period: Period, granularity: str, groups: int) -> int:
    """Return the minutes of a bucket; 422 when there are too many buckets."""
    step = GRANULARITIES[granularity]
    count = period.count(step) * max(1, groups)
    if count > MAX_BUCKETS:
        raise Unprocessable(
            Violation(
                ("query", "granularity"),
                f"{count} buckets of a {granularity} each, at most {MAX_BUCKETS} are shown: shorten the range, or"
                " choose a coarser granularity",
            )
        )
    return step


def result_json(text: str) -> dict[str, Any]:
    """Return a result as it is shown: its record's value, and the paths of the traces that it touches."""
    shown: dict[str, Any] = orjson.loads(text)
    return {**shown, "traces": traces_of(shown["uowIds"])}


def traces_of(uow_ids: Sequence[str]) -> list[str]:
    """Return the paths of the traces of units of work."""
    return [f"/api/traces/{quote(uow_id, safe='')}" for uow_id in uow_ids]
