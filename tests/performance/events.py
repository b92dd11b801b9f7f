"""Lists, aggregates and actors of events beside COUNT, OFFSET and GROUP BY over the same rows.

Both ways answer the same question and must find the same; the second page of each list is half-way down it.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from libs.contracts.events import encode_event
from libs.contracts.paths import QUERIES
from libs.contracts.topics import EVENTS as EVENTS_TOPIC
from libs.eventlog.port import StoredRecord
from libs.pg.database import Database
from libs.pg.roles import request_role
from libs.projections.generations import ReadModel
from services.queries.events.model import EVENTS, Criteria, PageRequest
from services.queries.events.outcomes import Outcomes
from services.queries.events.projection import EventsProjection
from services.queries.events.reads import EventReads
from services.queries.service import SERVICE
from services.queries.settings import QueriesSettings
from tests.performance.events_data import EVENT_TYPES, RESOURCE_TYPES, Shape, events
from tests.performance.filling import TENANT, Model, catalog, fill
from tests.performance.ground import Ground
from tests.performance.interactions_data import START_MS
from tests.performance.options import Options
from tests.performance.report import NO_LOG, Line, Report, p99

_P99_MS, _COUNTED_P99_MS, _OTHER_P99_MS = 25.0, 20.0, 250.0
_PLAIN_REQUESTS, _WARM_UP_REQUESTS, _LIMIT, _ACTORS = 2, 5, 100, 1_000
_GROUPED = {"byActorType": "actor_type", "byEventType": "event_type", "byResourceType": "resource_type"}
_COPY = """
INSERT INTO events
SELECT
    e.tenant_id, gen_random_uuid(), e.occurred_at + $1 * ($2 - span.first), e.event_type, e.resource_type,
    e.resource_id, e.actor_id, e.actor_type, e.correlation_id || '-' || $1::bigint, e.causation_id, e.cause, e.outcome,
    e.payload, e.dataschema, e.cloud_event
FROM events AS e
CROSS JOIN (SELECT min(occurred_at) AS first FROM events) AS span
WHERE e.occurred_at < $2::timestamptz AND length(e.correlation_id) = 36
"""


def _records(rows: int, days: float) -> Iterator[StoredRecord]:
    for at, event in enumerate(events(rows, Shape(days=days))):
        yield StoredRecord(EVENTS_TOPIC.name, 0, at, *encode_event(event), START_MS)


EVENTS_MODEL = Model(
    EventsProjection(Outcomes.of(QueriesSettings())),
    SERVICE,
    _COPY,
    _records,
    "SELECT max(occurred_at) + interval '1 ms' FROM events",
)
Draw = Callable[[], Awaitable[Any]]
Range = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Ready:
    """Filled events, read as requests do, and what to draw from."""

    history: EventReads
    sample: list[Any]
    span: tuple[datetime, datetime]


Ask = Callable[[Ready, Any], Awaitable[Any]]
"""Answers what was drawn."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request: what is drawn for each, and the two ways to answer it."""

    name: str
    draw: Draw
    ask: Ask
    plain: Ask
    limit_ms: float | None = None


async def measure_events(ground: Ground, options: Options, report: Report) -> None:
    """Add two lines for each filter of the list, and one for each kind of figure."""
    async with ground.postgres.database() as url:
        await fill(url, EVENTS_MODEL, options.list_rows)
        async with opened(url) as made:
            for kind in (*_lists(made), *_figures(made)):
                await _measure(made, kind, options, report)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Ready]:
    """What was filled, as the role that requests have."""
    async with await Database.connect(url, role=request_role(QUERIES), application_name="bench") as db:
        history = EventReads(ReadModel(db, QUERIES, EVENTS), catalog(), 30.0, _is_level)
        async with history.model.transaction(TENANT) as conn:
            span = await conn.fetchrow("SELECT min(occurred_at), max(occurred_at) FROM events")
            sample = await conn.fetch("SELECT * FROM events TABLESAMPLE BERNOULLI (0.2) REPEATABLE (1) LIMIT 2000")
        assert span is not None
        yield Ready(history, random.Random(7).sample(sample, min(300, len(sample))), (span[0], span[1]))


async def _is_level() -> None:
    """The catalog of a bench is complete."""


def _draws(made: Ready) -> Mapping[str, tuple[Callable[[], Criteria], float]]:
    """The filters, and what each may cost; values are drawn as often as they are met, types each as often."""
    rng = random.Random(2)

    def seen(column: str) -> str:
        return str(rng.choice(made.sample)[column])

    def dates() -> dict[str, Any]:
        return dict(zip(("start", "end"), _anywhere(made, rng), strict=True))

    def of_resource() -> Criteria:
        row = rng.choice(made.sample)
        return Criteria(resource_type=row["resource_type"], resource_ids=(row["resource_id"],))

    def type_() -> str:
        return rng.choice(EVENT_TYPES)

    def kind() -> str:
        return rng.choice(RESOURCE_TYPES)

    return {
        "no filter": (Criteria, _P99_MS),
        "event type": (lambda: Criteria(event_type=type_()), _P99_MS),
        "resource type": (lambda: Criteria(resource_type=kind()), _P99_MS),
        "event and resource type": (lambda: Criteria(event_type=type_(), resource_type=kind()), _P99_MS),
        "dates": (lambda: Criteria(**dates()), _P99_MS),
        "event and resource type, dates": (
            lambda: Criteria(event_type=type_(), resource_type=kind(), **dates()),
            _P99_MS,
        ),
        "resource": (of_resource, _P99_MS),
        "correlation": (lambda: Criteria(correlation_id=seen("correlation_id")), _P99_MS),
        "actor": (lambda: Criteria(actor_id=seen("actor_id")), _P99_MS),
        "actor, dates": (lambda: Criteria(actor_id=seen("actor_id"), **dates()), _OTHER_P99_MS),
        "actor, event type": (lambda: Criteria(actor_id=seen("actor_id"), event_type=type_()), _OTHER_P99_MS),
    }


def _ranges(made: Ready) -> Mapping[str, Callable[[], Range]]:
    rng = random.Random(3)
    return {"all days": lambda: (None, None), "any range": lambda: _anywhere(made, rng)}


def _anywhere(made: Ready, rng: random.Random) -> tuple[datetime, datetime]:
    """A range to the millisecond, as long as chance has it."""
    first, last = made.span
    start = first + (last - first) * rng.random()
    start = start.replace(microsecond=start.microsecond // 1000 * 1000)
    length_ms = int((last - start) / timedelta(milliseconds=1) * rng.random())
    return start, start + timedelta(milliseconds=length_ms + 1)


def _lists(made: Ready) -> Iterator[Kind]:
    for name, (draw, limit_ms) in _draws(made).items():
        for deep in (False, True):
            yield Kind(f"list, {name}{', half-way' * deep}", _page_of(made, draw, deep), _list, _plain_list, limit_ms)


def _page_of(made: Ready, draw: Callable[[], Criteria], deep: bool) -> Draw:
    async def drawn() -> tuple[Criteria, int]:
        criteria = draw()
        if not deep:
            return criteria, 0
        found, _ = await made.history.find(TENANT, criteria, PageRequest(0, 1))
        return criteria, found["total"] // 2

    return drawn


async def _list(made: Ready, asked: tuple[Criteria, int]) -> tuple[int, list[str]]:
    criteria, offset = asked
    found, _ = await made.history.find(TENANT, criteria, PageRequest(offset, _LIMIT))
    return found["total"], [event["id"] for event in found["events"]]


async def _plain_list(made: Ready, asked: tuple[Criteria, int]) -> tuple[int, list[str]]:
    criteria, offset = asked
    wanted = {
        "event_type =": criteria.event_type,
        "resource_type =": criteria.resource_type,
        "resource_id =": next(iter(criteria.resource_ids), None),
        "actor_id =": criteria.actor_id,
        "correlation_id =": criteria.correlation_id,
        "occurred_at >=": criteria.start,
        "occurred_at <": criteria.end,
    }
    values = {text: value for text, value in wanted.items() if value is not None}
    matching = "FROM events WHERE tenant_id = $1" + "".join(
        f" AND {text} ${number}" for number, text in enumerate(values, 2)
    )
    page = f"ORDER BY occurred_at DESC, event_id DESC OFFSET {offset} LIMIT {_LIMIT}"
    async with made.history.model.transaction(TENANT) as conn:
        total = await conn.fetchval(f"SELECT count(*) {matching}", TENANT, *values.values())
        rows = await conn.fetch(f"SELECT * {matching} {page}", TENANT, *values.values())
    return total, [str(row["event_id"]) for row in rows]


def _figures(made: Ready) -> Iterator[Kind]:
    for name, between in _ranges(made).items():

        async def drawn(between: Callable[[], Range] = between) -> Range:
            return between()

        yield Kind(f"aggregate, {name}", drawn, _aggregate, _plain_aggregate, _COUNTED_P99_MS)
        yield Kind(f"by actor, {name}", drawn, _by_actor, _plain_by_actor)


async def _aggregate(made: Ready, between: Range) -> Any:
    return (await made.history.aggregate(TENANT, *between)).content


async def _plain_aggregate(made: Ready, between: Range) -> Any:
    found: dict[str, Any] = {}
    async with made.history.model.transaction(TENANT) as conn:
        for name, column in _GROUPED.items():
            rows = await conn.fetch(_plain_counts(column), TENANT, *between)
            found[name] = [{"count": row["n"], "key": row[column]} for row in rows]
    return {**found, "total": sum(one["count"] for one in found["byEventType"])}


async def _by_actor(made: Ready, between: Range) -> Any:
    return (await made.history.by_actor(TENANT, *between, _ACTORS)).content["actors"]


async def _plain_by_actor(made: Ready, between: Range) -> Any:
    async with made.history.model.transaction(TENANT) as conn:
        rows = await conn.fetch(f"{_plain_counts('actor_id, actor_type')} LIMIT {_ACTORS}", TENANT, *between)
    names = ("actor_id", "actor_type", "failures", "successes", "n")
    shown = ("actorId", "actorType", "failures", "successes", "total")
    return [{to: row[name] for name, to in zip(names, shown, strict=True)} for row in rows]


def _plain_counts(columns: str) -> str:
    return f"""
        SELECT
            {columns}, count(*) AS n, count(*) FILTER (WHERE outcome = 1) AS failures,
            count(*) FILTER (WHERE outcome = 2) AS successes
        FROM events
        WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR occurred_at >= $2)
            AND ($3::timestamptz IS NULL OR occurred_at < $3)
        GROUP BY {columns} ORDER BY n DESC, {columns}
    """


async def _measure(made: Ready, kind: Kind, options: Options, report: Report) -> None:
    """Raises AssertionError when the two ways disagree."""
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(-_WARM_UP_REQUESTS, options.list_requests):
        asked = await kind.draw()
        took_ms, found = await _timed(kind.ask(made, asked))
        if turn < 0:
            continue
        ours.append(took_ms)
        if turn < _PLAIN_REQUESTS:
            took_ms, expected = await _timed(kind.plain(made, asked))
            theirs.append(took_ms)
            assert found == expected, f"{kind.name}: {asked}: the two ways disagree"
    report.add(
        Line(
            what=f"events p99, {kind.name}, {options.list_rows:,} events",
            log=NO_LOG,
            unit="ms",
            ours=[p99(ours)],
            floor=[p99(theirs)],
            beside=f"p50 {median(ours):.1f} ms, the plain way's {median(theirs):.1f} ms",
            promise="" if kind.limit_ms is None else f"≤ {kind.limit_ms:.0f} ms",
            holds=kind.limit_ms is None or p99(ours) <= kind.limit_ms,
        )
    )


async def _timed(answer: Awaitable[Any]) -> tuple[float, Any]:
    begun_s = time.perf_counter()
    found = await answer
    return (time.perf_counter() - begun_s) * 1000, found
