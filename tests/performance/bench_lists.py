"""Pages and exact totals of the history beside COUNT and OFFSET on the same rows, as the role that requests have.

Rows go into a generation of the history as a rebuild would put them there, without a log. Each round draws its own
filters; both ways answer the same ones, total and page in one transaction, and must find the same numbers.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from libs.contracts.paths import QUERIES
from libs.contracts.reference import ACTION, CATALOG_KINDS, ORIGIN, RESOURCE_TYPE
from libs.pg.database import Database
from libs.pg.roles import request_role
from libs.projections.generations import ReadModel
from services.queries.interactions.conditions import conditions_of
from services.queries.interactions.model import HISTORY, Criteria, DateField, Facets, PageRequest
from services.queries.interactions.projection import HistoryProjection
from services.queries.interactions.reads import HistoryReads
from services.queries.service import SERVICE
from tests.performance.filling import NAMES, TENANT, Model, catalog, fill
from tests.performance.ground import prepared_ground
from tests.performance.machine import machine_line

LIMIT = 50
DEEP_PAGE = 10_000
_COPY = """
INSERT INTO interactions (
    tenant_id, number, interaction_id, created_at, event_at, interaction_at, type_code, action_code, origin_code,
    sequence_index, resource_id, uow_id, user_id, external_reference, span_id, parent_span_id,
    interaction, external_response, long_texts
)
SELECT
    i.tenant_id, i.number + $1::bigint * top.number, gen_random_uuid(), i.created_at + $1 * span.length,
    i.event_at + $1 * span.length, i.interaction_at + $1 * span.length, i.type_code, i.action_code, i.origin_code,
    i.sequence_index, i.resource_id, i.uow_id || '-' || $1::bigint, i.user_id,
    i.external_reference || '-' || $1::bigint, i.span_id, i.parent_span_id, i.interaction,
    i.external_response, i.long_texts
FROM interactions AS i
JOIN (
    SELECT tenant_id, max(number) AS number FROM interactions WHERE created_at < $2 GROUP BY tenant_id
) AS top USING (tenant_id)
CROSS JOIN (SELECT $2::timestamptz - min(created_at) AS length FROM interactions) AS span
WHERE i.created_at < $2
ORDER BY i.tenant_id, i.number
"""
HISTORY_MODEL = Model(HistoryProjection(), SERVICE, _COPY)
Draw = Callable[[], Criteria]
Answer = tuple[int, list[int]]
"""Total, and the page's numbers."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A filled history: read as requests do, and its values to draw filters from."""

    history: HistoryReads
    requests: Database
    sample: list[Any]
    span: tuple[Any, Any]


async def ready(url: str) -> tuple[Ready, Database]:
    """Open what `fill` made."""
    db = await Database.connect(url, role=request_role(QUERIES), application_name="bench")
    history = HistoryReads(ReadModel(db, QUERIES, HISTORY), catalog(), search_timeout_s=30.0)
    async with history.model.transaction(TENANT) as conn:
        highest = await conn.fetchval("SELECT max(number) FROM interactions")
        picked = random.Random(1).sample(range(1, highest), 300)
        sample = await conn.fetch("SELECT * FROM interactions WHERE number = ANY ($1)", picked)
        span = await conn.fetchrow("SELECT min(created_at), max(created_at) FROM interactions")
    assert span is not None
    return Ready(history, db, sample, (span[0], span[1])), db


def draws(made: Ready) -> Mapping[str, Draw]:
    """The filters to measure: each draws its own values, as often met as in the data."""
    rng = random.Random(2)

    def seen(column: str) -> Any:
        return rng.choice([row[column] for row in made.sample if row[column] is not None])

    def dates() -> dict[str, Any]:
        first, last = made.span
        start = first + (last - first) * rng.random()
        return {"start": start, "end": start + (last - start) * rng.random() + timedelta(milliseconds=1)}

    def facets(*kinds: str) -> dict[str, Any]:
        return {kind: rng.choice(NAMES[kind]) for kind in kinds}

    return {
        "no filter": Criteria,
        "resource type": lambda: Criteria(**facets(RESOURCE_TYPE)),
        "action": lambda: Criteria(**facets(ACTION)),
        "origin": lambda: Criteria(**facets(ORIGIN)),
        "dates": lambda: Criteria(**dates()),
        "type, action, origin": lambda: Criteria(**facets(*CATALOG_KINDS)),
        "type, action, origin, dates": lambda: Criteria(**facets(*CATALOG_KINDS), **dates()),
        "origin, dates": lambda: Criteria(**facets(ORIGIN), **dates()),
        "user": lambda: Criteria(user_id=seen("user_id")),
        "user, dates": lambda: Criteria(user_id=seen("user_id"), **dates()),
        "resource": lambda: Criteria(resource_id=seen("resource_id")),
        "unit of work": lambda: Criteria(uow_id=seen("uow_id")),
        "external reference": lambda: Criteria(external_reference=seen("external_reference")),
        "user, action": lambda: Criteria(user_id=seen("user_id"), **facets(ACTION)),
        "resource, origin": lambda: Criteria(resource_id=seen("resource_id"), **facets(ORIGIN)),
        "event time": lambda: Criteria(date_field=DateField.EVENT),
        "event time, dates": lambda: Criteria(date_field=DateField.EVENT, **dates()),
        "event time, action": lambda: Criteria(date_field=DateField.EVENT, **facets(ACTION)),
        "event time, type, action, origin, dates": lambda: Criteria(
            date_field=DateField.EVENT, **facets(*CATALOG_KINDS), **dates()
        ),
    }


async def counted(made: Ready, criteria: Criteria, page: int) -> Answer:
    """Our way."""
    listed = await made.history.find(TENANT, criteria, PageRequest((page - 1) * LIMIT, LIMIT), page)
    return listed.total, [item["interactionNumber"] for item in listed.items]


async def plain(made: Ready, criteria: Criteria, page: int) -> Answer:
    """COUNT and OFFSET over the same conditions, dates compared as times; whole rows are read as in ours."""
    asked = {"resource_type": criteria.resource_type, "action": criteria.action, "origin": criteria.origin}
    ids = made.history.catalog.facet_ids(TENANT, **asked) or {}
    async with made.history.model.transaction(TENANT) as conn:
        rows = await conn.fetch("SELECT kind, code FROM facets WHERE id = ANY ($1::uuid[])", list(ids.values()))
        codes = {row["kind"]: row["code"] for row in rows}
        facets = Facets(*(codes.get(kind, 0) for kind in (RESOURCE_TYPE, ACTION, ORIGIN)))
        conditions = conditions_of(TENANT, criteria, facets)
        by_event = criteria.date_field is DateField.EVENT
        if not by_event and criteria.start is not None:
            conditions.add("i.created_at >= {}", criteria.start)
            conditions.add("i.created_at < {}", criteria.end)
        source = "FROM interactions AS i WHERE i.tenant_id = $1 /* conditions */"
        total = await conn.fetchval(conditions.sql(f"SELECT count(*) {source}"), *conditions.parameters)
        order = "i.event_at DESC, i.number DESC" if by_event else "i.number DESC"
        text = conditions.page(f"SELECT i.* {source} ORDER BY {order} /* page */", (page - 1) * LIMIT, LIMIT)
        found = await conn.fetch(text, *conditions.parameters)
    return total, [row["number"] for row in found]


async def timed(way: Awaitable[Answer]) -> tuple[float, Answer]:
    """Milliseconds and the answer."""
    begun_s = time.perf_counter()
    found = await way
    return (time.perf_counter() - begun_s) * 1000, found


async def measure(made: Ready, *, rounds: int, plain_rounds: int) -> None:
    """Print one line for each filter and page: median and 99th percentile of both ways, in milliseconds."""
    print(
        f"| filter | page | blocks p50 / p99 ms | COUNT + OFFSET p50 / p99 ms (of {plain_rounds}) |\n|---|---|---|---|"
    )
    for name, draw in draws(made).items():
        for page in (1, 100, DEEP_PAGE):
            ours, theirs = [], []
            for turn in range(rounds):
                criteria = draw()
                took_ms, found = await timed(counted(made, criteria, page))
                ours.append(took_ms)
                if turn < plain_rounds:
                    took_ms, expected = await timed(plain(made, criteria, page))
                    theirs.append(took_ms)
                    if found != expected:
                        raise AssertionError(f"{criteria}, page {page}: the two ways disagree")
            print(f"| {name} | {page:,} | {_percentiles(ours)} | {_percentiles(theirs)} |", flush=True)


def _percentiles(values_ms: list[float]) -> str:
    ordered = sorted(values_ms)
    return f"{median(ordered):.1f} / {ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]:.1f}"


async def main(rows: int, rounds: int, plain_rounds: int) -> None:
    """Fill a database of its own and measure."""
    with prepared_ground(with_kafka=False) as ground:
        async with ground.postgres.database() as url:
            await fill(url, HISTORY_MODEL, rows)
            made, db = await ready(url)
            async with db:
                await measure(made, rounds=rounds, plain_rounds=plain_rounds)


if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--plain-rounds", type=int, default=5)
    given = parser.parse_args()
    print(machine_line())
    asyncio.run(main(given.rows, given.rounds, given.plain_rounds))
