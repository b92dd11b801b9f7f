"""Alert rules evaluated on millions of results: how many a second, and how long one takes.

Half of the rules lie on the interaction that has half of the results. Windows end with the last results there are.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import Final, get_args

from libs.contracts.times import from_ms, to_ms
from libs.objects.changes import Changes, utc_now
from libs.pg.database import Database
from services.monitoring.alerts import rules
from services.monitoring.alerts.evaluation import Evaluation, Pace
from services.monitoring.alerts.evaluator import BATCH, Evaluator
from services.monitoring.alerts.model import SHARES, Metric, MetricCondition, Settings
from services.monitoring.health.freshness import keep
from services.monitoring.slos.model import Objective
from services.monitoring.slos.rules import create as create_slo
from tests.performance.filling import DAYS, TENANT, fill
from tests.performance.ground import Ground
from tests.performance.health import FILLED, opened
from tests.performance.interactions_data import START_MS
from tests.performance.latencies import measure_latency
from tests.performance.options import Options
from tests.performance.report import NO_LOG, Line, Report

_PER_S, _P99_MS = 500.0, 20.0
_RULES: Final = 1_500
_SLOS: Final = 125
"""Objectives, each with the four default burn rules."""
_ALL_DUE = "UPDATE monitoring.schedule SET due_at = now() WHERE kind = 'alert_rule'"


async def measure_alerts(ground: Ground, options: Options, report: Report) -> None:
    """Add a line for all rules, a batch a transaction, and one for a rule by itself."""
    async with ground.postgres.database() as url:
        await fill(url, FILLED, options.list_rows)
        async with opened(url) as reads:
            await _make_rules(reads.projector)
            evaluator = await _evaluator(reads.projector)
            await _measure_batches(evaluator, reads.projector, options, report)
            await _execute(reads.projector, _ALL_DUE)
            what = f"one evaluation p99, {options.list_rows:,} results"
            await measure_latency(what, lambda: evaluator.evaluate_due(limit=1), None, _P99_MS, options, report)


async def _make_rules(db: Database) -> None:
    async with db.transaction() as conn:
        change = Changes().begin_by_itself(conn, TENANT)
        for name, settings in _settings():
            await rules.create(change, settings, name)
        for number in range(_SLOS):
            await create_slo(change, Objective(name=f"objective {number}", target=0.99), f"bench-{number % 20 + 1}")


def _settings() -> Iterator[tuple[str, Settings]]:
    """Yield conditions of every metric over 1 minute to a day, thresholds at random."""
    rng = random.Random(8)
    metrics: tuple[Metric, ...] = get_args(Metric)
    for number in range(_RULES):
        metric = metrics[number % len(metrics)]
        condition = MetricCondition(
            metric=metric,
            operator="GREATER_THAN_EQUAL",
            threshold=rng.random() if metric in SHARES else rng.randrange(1, 2_000),
            window_minutes=rng.choice((1, 5, 5, 15, 60, 1_440)),
        )
        name = "bench-1" if rng.random() < 0.5 else f"bench-{rng.randrange(2, 21)}"
        yield name, Settings(name=f"rule {number}", condition=condition)


async def _evaluator(db: Database) -> Evaluator:
    """Return an evaluator at whose `asOf` the last results ended: whatever is newer has to wait."""
    watermark = utc_now() - from_ms(START_MS + DAYS * 86_400_000 - 90_000)
    async with db.transaction() as conn:
        await keep(conn, to_ms(utc_now()))
    # No rule is due again by itself while the bench runs.
    return Evaluator(db, Evaluation(Pace(interval=timedelta(days=365), watermark=watermark)))


async def _measure_batches(evaluator: Evaluator, db: Database, options: Options, report: Report) -> None:
    count = _RULES + 4 * _SLOS
    await _evaluate_all(evaluator)
    per_s, begun_cpu_s = [], time.process_time()
    for _ in range(options.rounds):
        await _execute(db, _ALL_DUE)
        begun_s = time.perf_counter()
        await _evaluate_all(evaluator)
        per_s.append(count / (time.perf_counter() - begun_s))
    cpu_us = (time.process_time() - begun_cpu_s) / (count * options.rounds) * 1_000_000
    report.add(
        Line(
            what=f"alert rules, {count:,} in batches of {BATCH}, {options.list_rows:,} results",
            log=NO_LOG,
            unit="evaluations/s",
            ours=per_s,
            beside=f"own CPU {cpu_us:.0f} µs/evaluation",
            promise=f"≥ {_PER_S:,.0f}/s",
            holds=median(per_s) >= _PER_S,
        )
    )


async def _evaluate_all(evaluator: Evaluator) -> None:
    while await evaluator.evaluate_due():
        pass


async def _execute(db: Database, statement: str) -> None:
    async with db.transaction() as conn:
        await conn.execute(statement)
