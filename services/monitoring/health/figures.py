"""Figures of critical interactions for Prometheus, all of them from the rollups, so that no restart sets them back.

Of all API processes the one whose relay works exports them: there is one at a time, so nothing is counted twice. They
are the only metrics that are labelled by tenants and their objects. A definition that runs has every count and
duration, also of no result, so that Prometheus sees the first increment; one that was stopped has them if it has
results, and one that is deleted has none.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

import asyncpg
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from libs.contracts.monitoring_steps import DELETED
from libs.contracts.paths import MONITORING
from libs.eventlog.errors import ModelBehind
from libs.pg.database import Database, Row
from libs.pg.sql_files import SqlFile
from libs.projections.passed import enter_model
from libs.rollups.histogram import BUCKETS, counts_of, value_ms
from services.monitoring.health.model import HEALTH_MODEL
from services.monitoring.health.scores import ABORTS, CATEGORIES, ERRORS

_SQL = SqlFile.load(Path(__file__).with_name("figures.sql"))
_LONGEST_REST_S: Final = 60.0
_REST_OF_LOOK: Final = 20
_BOUNDS_S: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, math.inf)
_OUTCOMES: Final = (
    *((kind, ("completed", "", kind.capitalize())) for kind in CATEGORIES),
    *((kind, ("errored", kind, "")) for kind in ERRORS),
    *((kind, ("aborted", kind, "")) for kind in ABORTS if kind != DELETED),
)
"""The labels of each kind of result that a definition which is there may have: outcome, cause, category."""


class ResultFigures(Collector):
    """Keeps the last look at the results while this process `is_active`; `db` has the service's projector role.

    The sums are over all tenants: after a look it rests for `_REST_OF_LOOK` times as long as that took, a minute at
    most, and it keeps what it saw when a look takes too long.
    """

    def __init__(
        self, db: Database, is_active: Callable[[], bool], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._db = db
        self._is_active = is_active
        self._clock = clock
        self._look_at = -math.inf
        self._rows: list[Row] = []

    async def look(self) -> None:
        """Look at the counts, or forget them where another process exports them. Raises DatabaseUnavailable."""
        if not self._is_active():
            self._rows, self._look_at = [], -math.inf
        elif (began_s := self._clock()) >= self._look_at:
            try:
                with contextlib.suppress(ModelBehind, asyncpg.QueryCanceledError):
                    self._rows = await self._read()
            finally:
                ended_s = self._clock()
                self._look_at = ended_s + min(_REST_OF_LOOK * (ended_s - began_s), _LONGEST_REST_S)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of what the last look found."""
        results = CounterMetricFamily(
            "waymark_critical_interaction_results",
            "Results of critical interactions, by outcome, cause (errored and aborted ones) and category (completed).",
            labels=("tenant", "interaction", "outcome", "cause", "category"),
        )
        durations = HistogramMetricFamily(
            "waymark_critical_interaction_duration_seconds",
            "From the first record of a completed critical interaction to the last, in seconds, within 1 %.",
            labels=("tenant", "interaction"),
        )
        for labels, group in groupby(self._rows, key=lambda row: (row["tenant_id"], row["name"])):
            rows = [row for row in group if row["part"] is not None]
            for kind, outcome in _OUTCOMES:
                results.add_metric([*labels, *outcome], sum(row[kind] for row in rows))
            seconds = sum(row["duration_ms"] for row in rows) / 1_000
            durations.add_metric(labels, buckets=_buckets(rows), sum_value=seconds)
        yield results
        yield durations

    async def _read(self) -> list[Row]:
        async with self._db.transaction(readonly=True) as conn:
            await enter_model(conn, MONITORING, HEALTH_MODEL)
            return await conn.fetch(_SQL.totals)


def _buckets(rows: Iterable[Row]) -> list[tuple[str, float]]:
    """Return how many durations do not exceed each bound."""
    counted = [
        (value_ms(row["part"] * BUCKETS + place) / 1_000, count)
        for row in rows
        for place, count in enumerate(counts_of(row["counts"]))
        if count
    ]
    return [(_text(bound_s), sum(n for value_s, n in counted if value_s <= bound_s)) for bound_s in _BOUNDS_S]


def _text(bound_s: float) -> str:
    return "+Inf" if bound_s == math.inf else str(float(bound_s))
