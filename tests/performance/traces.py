"""Traces among millions of records: one whole, its timeline, summary and tree, the search, the graph of origins.

The peer is the same asked of the rows alone, without what the projection keeps of the whole.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from libs.contracts.interactions import encode_interaction
from libs.contracts.paths import TRACES
from libs.contracts.times import format_ms
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import StoredRecord
from libs.pg.database import Database
from libs.pg.roles import projector_role, request_role
from libs.projections.generations import ReadModel
from libs.service.reading import Answer
from services.traces.model import TRACES_MODEL, Criteria, PageRequest
from services.traces.projection import TracesProjection
from services.traces.reads import TracesReads
from services.traces.service import SERVICE
from tests.performance.filling import NAMES, TENANT, Model, catalog, fill
from tests.performance.ground import Ground
from tests.performance.interactions_data import START_MS, Shape, interactions
from tests.performance.latencies import Ask, measure_latency
from tests.performance.options import Options
from tests.performance.report import Report
from tests.performance.traces_fold import measure_fold

_TRACE_P99_MS, _TREE_MS, _OTHER_P99_MS, _GRAPH_P99_MS = 25.0, 500.0, 250.0, 20.0
_TREE_NODES, _TREE_UNIT, _BATCH = 10_000, "a-unit-of-ten-thousand", 1_000
_COPY = """
INSERT INTO interactions
SELECT
    i.tenant_id, gen_random_uuid(), i.uow_id || '-' || $1::bigint, i.event_at + $1 * span.length,
    i.number + $1::bigint * top.number, i.created_at + $1 * span.length, i.interaction_at + $1 * span.length,
    i.type_id, i.action_id, i.origin_id, i.resource_type, i.action, i.origin, i.resource_key, i.sequence_index,
    i.resource_id, i.user_id, i.external_reference, i.span_id, i.parent_span_id, i.interaction, i.external_response,
    i.long_texts, i.size_bytes
FROM interactions AS i
JOIN (
    SELECT tenant_id, max(number) AS number FROM interactions WHERE created_at < $2 GROUP BY tenant_id
) AS top USING (tenant_id)
CROSS JOIN (SELECT $2::timestamptz - min(created_at) AS length FROM interactions) AS span
WHERE i.created_at < $2
ORDER BY i.tenant_id, i.number
"""
FILLED = Model(TracesProjection(), SERVICE, _COPY)


@dataclass(frozen=True, slots=True)
class Ready:
    """Filled traces, read as requests do, and what to draw from."""

    traces: TracesReads
    units: Sequence[str]
    users: Sequence[str]
    span: tuple[datetime, datetime]


async def measure_traces(ground: Ground, options: Options, report: Report) -> None:
    """Add a line for each kind of request, and one for the fold."""
    async with ground.postgres.database() as url:
        await fill(url, FILLED, options.list_rows)
        await _add_large(url)
        async with opened(url) as made:
            for name, ask, plain, limit_ms in _requests(made):
                what = f"traces p99, {name}, {options.list_rows:,} records"
                await measure_latency(what, ask, plain, limit_ms, options, report)
        await measure_fold(url, options, report)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Ready]:
    """What was filled, as the role that requests have."""
    async with await Database.connect(url, role=request_role(TRACES), application_name="bench") as db:
        traces = TracesReads(ReadModel(db, TRACES, TRACES_MODEL), catalog(), 30.0)
        async with traces.model.transaction(TENANT) as conn:
            long = "SELECT uow_id FROM summaries WHERE interactions BETWEEN 180 AND 200 LIMIT 300"
            units = [row["uow_id"] for row in await conn.fetch(long)]
            found = await conn.fetch("SELECT value FROM members WHERE kind = 'user' LIMIT 2000")
            span = await conn.fetchrow("SELECT min(started_at), max(started_at) FROM summaries")
        assert span is not None
        yield Ready(traces, units, sorted({row["value"] for row in found}), (span[0], span[1]))


async def _add_large(url: str) -> None:
    """One unit of work of ten thousand records, each the child of an earlier one, through the projection's fold."""
    projection, rng = FILLED.projection, random.Random(5)
    records = []
    for index, (_, body) in enumerate(interactions(_TREE_NODES, Shape(tenants=(TENANT,), seed=9))):
        body.uow_id, body.span_id = _TREE_UNIT, f"s{index}"
        body.parent_span_id = f"s{rng.randrange(index)}" if index else None
        body.created_date = format_ms(START_MS + index * 10)
        body.interaction_timestamp, body.interaction_number = None, 10**12 + index
        key, value, headers = encode_interaction(TENANT, body, actor_type="user")
        records.append(StoredRecord(INTERACTIONS.name, 0, index, key, value, headers, START_MS))
    async with await Database.connect(url, role=projector_role(TRACES), application_name="bench") as db:
        for start in range(0, _TREE_NODES, _BATCH):
            async with db.transaction() as conn:
                await conn.execute(f"SET LOCAL search_path = {TRACES}_{TRACES_MODEL}_g1")
                await projection.apply(conn, [projection.decode(one) for one in records[start : start + _BATCH]])


def _requests(made: Ready) -> list[tuple[str, Ask, Ask | None, float]]:
    rng, traces = random.Random(6), made.traces
    first, last = made.span

    def search(page: int = 1, **criteria: Any) -> Awaitable[Answer]:
        return traces.search(TENANT, Criteria(**criteria), PageRequest((page - 1) * 50, 50), page)

    def within() -> dict[str, Any]:
        start = first + (last - first) * rng.random() * 0.8
        return {"start": start, "end": start + (last - start) * rng.random() + timedelta(milliseconds=1)}

    def unit() -> str:
        return rng.choice(made.units)

    def action() -> str:
        return rng.choice(NAMES["action"])

    summary = "SELECT count(*), count(DISTINCT resource_key), min(event_at), max(event_at) FROM interactions"
    started = """
        SELECT uow_id, min(event_at) AS started_at, count(*) OVER () FROM interactions WHERE tenant_id = $1
        GROUP BY uow_id ORDER BY 2 DESC LIMIT 50
    """
    followed = """
        SELECT from_id, origin_id, count(*), avg(gap) FROM (
            SELECT origin_id, lag(origin_id) OVER w AS from_id, event_at - lag(event_at) OVER w AS gap
            FROM interactions WHERE tenant_id = $1 WINDOW w AS (PARTITION BY uow_id ORDER BY event_at, number)
        ) AS pairs GROUP BY 1, 2
    """
    return [
        ("trace of 180 to 200 records", lambda: traces.records(TENANT, unit(), None, 1_000), None, _TRACE_P99_MS),
        ("its timeline", lambda: traces.timeline(TENANT, unit(), None, 1_000), None, _TRACE_P99_MS),
        (
            "its summary",
            lambda: traces.summary(TENANT, unit()),
            _plain(made, f"{summary} WHERE tenant_id = $1 AND uow_id = $2", unit),
            _TRACE_P99_MS,
        ),
        ("tree of 10,000 nodes", lambda: traces.tree(TENANT, _TREE_UNIT), None, _TREE_MS),
        ("search, no filter", search, _plain(made, started), _OTHER_P99_MS),
        ("search, page 1,000", lambda: search(1_000), None, _OTHER_P99_MS),
        ("search, dates", lambda: search(**within()), None, _OTHER_P99_MS),
        ("search, user", lambda: search(user_id=rng.choice(made.users)), None, _OTHER_P99_MS),
        ("search, action", lambda: search(action=action()), None, _OTHER_P99_MS),
        ("search, longest, dates", lambda: search(min_duration_ms=60_000, **within()), None, _OTHER_P99_MS),
        ("graph of origins, all days", lambda: _graph(made), _plain(made, followed), _GRAPH_P99_MS),
    ]


def _graph(made: Ready) -> Awaitable[Answer]:
    first, last = made.span
    return made.traces.graph(TENANT, first.date(), last.date())


def _plain(made: Ready, statement: str, *values: Callable[[], object]) -> Ask:
    async def ask() -> None:
        async with made.traces.model.transaction(TENANT) as conn:
            await conn.fetch(statement, TENANT, *(value() for value in values))

    return ask
