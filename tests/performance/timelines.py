"""Timelines and activity searches beside the same counted from the rows, on the history whose lists are read."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from statistics import median

from libs.contracts.reference import ACTION, ORIGIN
from libs.httpkit.paging import Page
from services.queries.interactions.model import ActivityCriteria, Criteria, DateField, ResourceWanted
from services.queries.interactions.timeline import DAY, Granularity, Window
from tests.performance.bench_lists import Ready
from tests.performance.filling import TENANT
from tests.performance.interactions_data import ACTIONS
from tests.performance.options import Options
from tests.performance.report import NO_LOG, Line, Report, p99

_PLAIN_REQUESTS, _WARM_UP_REQUESTS = 2, 5
_TIMELINE_P99_MS = 20.0
_ACTIVITY_P99_MS = 5_000.0  # where the statement timeout of searches ends it
Ask = Callable[[], Awaitable[int]]
"""A request; the answer is how many interactions it found."""


async def measure_timelines(made: Ready, options: Options, report: Report) -> None:
    """Add a line for each kind of timeline and of activity search."""
    for name, (ask, plainly) in _timelines(made).items():
        await _measure(f"timeline p99, {name}", ask, plainly, _TIMELINE_P99_MS, options, report)
    for name, ask in _activities(made).items():
        await _measure(f"activity p99, {name}", ask, None, _ACTIVITY_P99_MS, options, report)


async def _measure(name: str, ask: Ask, plainly: Ask | None, limit_ms: float, options: Options, report: Report) -> None:
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(-_WARM_UP_REQUESTS, options.list_requests):
        begun_s = time.perf_counter()
        found = await ask()
        if turn >= 0:
            ours.append((time.perf_counter() - begun_s) * 1000)
        if plainly is not None and 0 <= turn < _PLAIN_REQUESTS:
            begun_s = time.perf_counter()
            expected = await plainly()
            theirs.append((time.perf_counter() - begun_s) * 1000)
            assert found == expected, f"{name}: {found} and {expected} counted from the rows disagree"
    report.add(
        Line(
            what=f"{name}, {options.list_rows:,} rows",
            log=NO_LOG,
            unit="ms",
            ours=[p99(ours)],
            floor=[p99(theirs)] if theirs else [],
            beside=f"p50 {median(ours):.1f} ms",
            promise=f"≤ {limit_ms:.0f} ms",
            holds=p99(ours) <= limit_ms,
        )
    )


def _timelines(made: Ready) -> Mapping[str, tuple[Ask, Ask]]:
    rng = random.Random(3)
    first, last = made.span
    midnight = last.replace(hour=0, minute=0, second=0, microsecond=0) + DAY

    def anywhere(length: timedelta) -> Window:
        start = first + (last - first - length) * rng.random()
        start = start.replace(microsecond=start.microsecond // 1000 * 1000)
        return Window(start, start + length, Granularity.HOUR)

    shapes: dict[str, tuple[Callable[[], Window], DateField, bool, str | None]] = {
        "90 days": (lambda: Window(midnight - 90 * DAY, midnight, Granularity.DAY), DateField.CREATED, False, None),
        "90 days by action": (
            lambda: Window(midnight - 90 * DAY, midnight, Granularity.DAY),
            DateField.CREATED,
            False,
            ACTION,
        ),
        "any 7 days by the hour": (lambda: anywhere(7 * DAY), DateField.CREATED, False, None),
        "any 30 days by the hour, filtered, by origin": (lambda: anywhere(30 * DAY), DateField.CREATED, True, ORIGIN),
        "any 30 days by the hour, event time": (lambda: anywhere(30 * DAY), DateField.EVENT, False, None),
    }
    return {name: _timeline(made, rng, *shape) for name, shape in shapes.items()}


def _timeline(
    made: Ready,
    rng: random.Random,
    window_of: Callable[[], Window],
    date_field: DateField,
    filtered: bool,
    kind: str | None,
) -> tuple[Ask, Ask]:
    asked: list[tuple[Criteria, Window]] = []

    async def ask() -> int:
        criteria = Criteria(date_field=date_field, action=rng.choice(ACTIONS) if filtered else None)
        asked.append((criteria, window_of()))
        timeline = await made.history.timeline(TENANT, *asked[-1], kind)
        return sum(map(sum, timeline.groups.values()))

    async def plainly() -> int:
        criteria, window = asked[-1]
        return await _scanned(made, criteria, window)

    return ask, plainly


async def _scanned(made: Ready, criteria: Criteria, window: Window) -> int:
    """As it would be asked without counters: group the rows by `date_bin`."""
    at = "event_at" if criteria.date_field is DateField.EVENT else "created_at"
    code = "(SELECT code FROM facets WHERE tenant_id = $1 AND kind = 'action' AND mnemonic = $4)"
    statement = f"""
        SELECT date_bin('1 hour', {at}, '2020-01-01'::timestamptz) AS bucket, count(*) AS n FROM interactions
        WHERE tenant_id = $1 AND {at} >= $2 AND {at} < $3 AND ($4::text IS NULL OR action_code = {code})
        GROUP BY 1
    """
    async with made.history.model.transaction(TENANT) as conn:
        rows = await conn.fetch(statement, TENANT, window.start, window.end, criteria.action)
    return sum(row["n"] for row in rows)


def _activities(made: Ready) -> Mapping[str, Ask]:
    rng = random.Random(4)

    def resources(count: int) -> tuple[ResourceWanted, ...]:
        return tuple(ResourceWanted(rng.choice(made.sample)["resource_id"], None) for _ in range(count))

    def ask(criteria_of: Callable[[], ActivityCriteria]) -> Ask:
        async def asked() -> int:
            return (await made.history.activity(TENANT, criteria_of(), Page(1, 50))).total

        return asked

    def within_a_day() -> ActivityCriteria:
        start: datetime = rng.choice(made.sample)["created_at"]
        rest = Criteria(origin=None, action=rng.choice(ACTIONS), start=start, end=start + DAY / 24)
        return ActivityCriteria(rest=rest)

    return {
        "two resources": ask(lambda: ActivityCriteria(resources=resources(2))),
        "fifty resources": ask(lambda: ActivityCriteria(resources=resources(50))),
        "an action within an hour": ask(within_a_day),
    }
