"""Health of critical interactions among millions of results: ranges of every length, groups, pages, and the fold.

The peer is the same asked of the results alone, without what the projection counts.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from libs.contracts.critical_interactions import MatchedStep, Result, encode_result
from libs.contracts.paths import MONITORING
from libs.contracts.times import EARLIEST_MS, LATEST_MS, from_ms
from libs.contracts.topics import CRITICAL_INTERACTIONS
from libs.eventlog.port import StoredRecord
from libs.objects.changes import Changes
from libs.pg.database import Connection, Database
from libs.pg.roles import projector_role, request_role
from libs.projections.generations import ReadModel, create_generation
from libs.projections.registry import REGISTRY
from services.monitoring.definitions.rules import create
from services.monitoring.health.freshness import Freshness
from services.monitoring.health.model import HEALTH_MODEL
from services.monitoring.health.projection import HealthProjection
from services.monitoring.health.ranges import Period
from services.monitoring.health.reads import HealthQuery, HealthReads
from services.monitoring.health.scores import KINDS, category, score_millionths, score_of
from services.monitoring.health.store import ResultFilter
from services.monitoring.matches.model import MATCHES_MODEL
from services.monitoring.matches.projection import MatchesProjection
from services.monitoring.service import SERVICE
from services.monitoring.slos.model import Objective
from services.monitoring.slos.reads import SloReads
from services.monitoring.slos.rules import create as create_slo
from tests.performance.filling import DAYS, TENANT, Model, fill
from tests.performance.ground import Ground
from tests.performance.interactions_data import START_MS
from tests.performance.latencies import Ask, measure_latency
from tests.performance.options import Options
from tests.performance.report import NO_LOG, Line, Report
from tests.support.monitoring.definitions import definition

_P99_MS, _PAGE_P99_MS, _FOLDED_PER_S = 20.0, 20.0, 3_000.0
_DEFINITIONS = 20
_FOLDED, _BATCH = 20_000, 1_000
_MINUTE_MS, _HOUR_MS, _DAY_MS = 60_000, 3_600_000, 86_400_000
_COPY = """
INSERT INTO results
SELECT
    r.tenant_id, gen_random_uuid(), r.definition_id, r.version, r.match_key, r.kind,
    r.ended_at + $1 * span.length, r.duration_ms, r.score_millionths, r.series, r.result
FROM results AS r
CROSS JOIN (SELECT $2::bigint - min(ended_at) AS length FROM results) AS span
WHERE r.ended_at < $2
"""
_PLAIN = """
SELECT
    kind, count(*), sum(score_millionths), percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_ms)
FROM results
WHERE tenant_id = $1 AND definition_id = 1 AND ended_at >= $2 AND ended_at < $3
GROUP BY kind
"""


def result_records(rows: int, days: float, *, seed: int = 1) -> Iterator[StoredRecord]:
    """So many results in so many days as the log has them: half of the first definition, the rest of the others."""
    rng = random.Random(seed)
    for number in range(rows):
        ended_at = START_MS + int(number * days * _DAY_MS / rows)
        yield StoredRecord(
            CRITICAL_INTERACTIONS.name, 0, number, *encode_result(TENANT, _result(rng, ended_at)), START_MS
        )


def _result(rng: random.Random, ended_at: int) -> Result:
    definition_id = 1 if rng.random() < 0.5 else rng.randrange(2, _DEFINITIONS + 1)
    completed = rng.random() < 0.9
    duration_ms = int(rng.lognormvariate(7, 0.8)) if completed else None
    limits = (500, 1_500, 4_000)
    step = MatchedStep(
        step=0, name="ORDER.CREATE", record_id=str(uuid.UUID(int=rng.getrandbits(128))), source="interaction",
        time=ended_at, uow_id="unit",
    )  # fmt: skip
    return Result(
        id=str(uuid.UUID(int=rng.getrandbits(128))),
        interaction_id=definition_id,
        name=f"bench-{definition_id}",
        version=rng.randrange(1, 4),
        key=f"user:{int(rng.paretovariate(1.1)) % 5_000}",
        outcome="completed" if completed else "errored",
        cause=None if completed else rng.choice(("timeout", "sequence_violation")),
        expected=None,
        received=None,
        step_reached=1,
        steps=(step,),
        started_at=ended_at - (duration_ms or 0),
        ended_at=ended_at,
        duration_ms=duration_ms,
        score=None if duration_ms is None else score_of(score_millionths(duration_ms, *limits)),
        category=None if duration_ms is None else category(duration_ms, *limits),
        dimensions={"origin": rng.choice(("WEBAPP", "API", "MOBILE", "BATCH", "PARTNER"))},
        uow_ids=("unit",),
    )


FILLED = Model(HealthProjection(), SERVICE, _COPY, result_records, "SELECT max(ended_at) + 1 FROM results")


async def measure_health(ground: Ground, options: Options, report: Report) -> None:
    """Add a line for each kind of request, and one for the fold."""
    async with ground.postgres.database() as url:
        await fill(url, FILLED, options.list_rows)
        async with opened(url) as reads:
            for name, ask, plain, limit_ms in [*_requests(reads.health), *await _statuses(reads)]:
                what = f"health p99, {name}, {options.list_rows:,} results"
                await measure_latency(what, ask, plain, limit_ms, options, report)
        await _measure_fold(url, options, report)


class _Drawn(Freshness):
    """Says of figures that they are complete up to any moment of theirs."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, 0)
        self._rng = random.Random(7)

    async def as_of(self) -> datetime:
        await super().as_of()
        return from_ms(START_MS + self._rng.randrange(DAYS * _DAY_MS))


@dataclass(frozen=True, slots=True)
class _Reads:
    """Health and objectives as requests read them, and how objectives are changed."""

    health: HealthReads
    slos: SloReads
    projector: Database


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[_Reads]:
    """Health and objectives as requests read them, with the definitions."""
    async with (
        await Database.connect(
            url, role=projector_role(MONITORING), application_name="bench", search_path=(MONITORING,)
        ) as projector,
        await Database.connect(url, role=request_role(MONITORING), application_name="bench") as requests,
    ):
        async with projector.transaction() as conn:
            for number in range(1, _DEFINITIONS + 1):
                one = definition("ORDER.CREATE", name=f"bench-{number}")
                await create(Changes().begin_by_itself(conn, TENANT), one, by="bench")
            await _serve_matches(conn)
        model, matches = (ReadModel(requests, MONITORING, name) for name in (HEALTH_MODEL, MATCHES_MODEL))
        health = HealthReads(model, matches, Freshness(requests, 0))
        yield _Reads(health, SloReads(requests, model, _Drawn(requests)), projector)


async def _serve_matches(conn: Connection) -> None:
    """Make an empty generation of the matches, which health looks at beside its own model."""
    matches = MatchesProjection(open_matches_max=1, partitions=1)
    log_id = await conn.fetchval(REGISTRY.known_log)
    made = await create_generation(conn, matches, log_id, {}, state="serving")
    await conn.execute(REGISTRY.serve, *made.key)


def _requests(reads: HealthReads) -> list[tuple[str, Ask, Ask | None, float]]:
    rng = random.Random(6)

    def within(length_ms: int) -> Period:
        since = START_MS + rng.randrange(max(1, DAYS * _DAY_MS - length_ms))
        return Period.between(since, since + length_ms)

    def health(length_ms: int, group_by: str | None = None) -> Awaitable[Any]:
        return reads.health(TENANT, "bench-1", HealthQuery(period=within(length_ms), group_by=group_by))

    def page(key: str | None = None, **changes: Any) -> Awaitable[Any]:
        until = START_MS + rng.randrange(DAYS * _DAY_MS)
        wanted = ResultFilter(**{"kinds": sorted(KINDS), "from_ms": EARLIEST_MS, "to_ms": until, "key": key, **changes})
        return reads.results(TENANT, "bench-1", wanted, None, 50)

    async def plain() -> None:
        async with reads.model.transaction(TENANT) as conn:
            await conn.fetch(_PLAIN, TENANT, EARLIEST_MS, LATEST_MS)

    return [
        ("the last hour, by minute", lambda: health(_HOUR_MS), None, _P99_MS),
        ("6 hours, by minute", lambda: health(6 * _HOUR_MS), None, _P99_MS),
        ("a day, by 15 minutes", lambda: health(_DAY_MS), None, _P99_MS),
        ("7 days, by hour", lambda: health(7 * _DAY_MS), None, _P99_MS),
        ("31 days, by 6 hours", lambda: health(31 * _DAY_MS), None, _P99_MS),
        ("all days, by day", lambda: health(DAYS * _DAY_MS), plain, _P99_MS),
        ("7 days, by hour, of 5 origins", lambda: health(7 * _DAY_MS, "origin"), None, _P99_MS),
        (
            "limits suggested of 7 days",
            lambda: reads.suggested_limits(TENANT, "bench-1", within(7 * _DAY_MS)),
            None,
            _P99_MS,
        ),
        ("50 results", page, None, _PAGE_P99_MS),
        ("50 results, timed out", lambda: page(kinds=["timeout"]), None, _PAGE_P99_MS),
        ("50 results of a key", lambda: page(f"user:{rng.randrange(1, 50)}"), None, _PAGE_P99_MS),
    ]


async def _statuses(reads: _Reads) -> list[tuple[str, Ask, Ask | None, float]]:
    """Return requests for the status of objectives with the default burn rules."""

    async def status_of(days: int) -> tuple[str, Ask, Ask | None, float]:
        objective = Objective(name=f"{days} days", target=0.999, window_minutes=days * 1_440)
        async with reads.projector.transaction() as conn:
            change = Changes().begin_by_itself(conn, TENANT)
            slo = await create_slo(change, objective, "bench-1")
        return f"status of an objective of {days} days", lambda: reads.slos.status(TENANT, slo.id), None, _P99_MS

    return [await status_of(days) for days in (28, 90)]


async def _measure_fold(url: str, options: Options, report: Report) -> None:
    """Fold further results into that many: decoded, added and counted, a batch a transaction."""
    projection, begun_cpu_s = HealthProjection(), time.process_time()
    records = result_records(_FOLDED, _FOLDED / (_FOLDED_PER_S * 86_400), seed=2)
    async with await Database.connect(url, role=projector_role(MONITORING), application_name="bench") as db:
        begun_s = time.perf_counter()
        while batch := list(islice(records, _BATCH)):
            async with db.transaction() as conn:
                await _fold(conn, projection, batch)
        per_s = _FOLDED / (time.perf_counter() - begun_s)
    cpu_us = (time.process_time() - begun_cpu_s) / _FOLDED * 1_000_000
    report.add(
        Line(
            what=f"health, fold of {_FOLDED:,} results in batches of {_BATCH:,}, {_DEFINITIONS} definitions",
            log=NO_LOG,
            unit="results/s",
            ours=[per_s],
            beside=f"own CPU {cpu_us:.0f} µs/result, making it included; {options.list_rows:,} results before",
            promise=f"≥ {_FOLDED_PER_S:,.0f}/s",
            holds=per_s >= _FOLDED_PER_S,
        )
    )


async def _fold(conn: Connection, projection: HealthProjection, batch: list[StoredRecord]) -> None:
    await conn.execute(f"SET LOCAL search_path = {MONITORING}_{HEALTH_MODEL}_g1")
    await projection.apply(conn, [projection.decode(record) for record in batch])
