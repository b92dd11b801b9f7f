"""Metrics with values for tests: contributions folded into their series, values stored as of an instant."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.metrics.definitions import editions
from services.metrics.definitions.model import Metric
from services.metrics.feeding.index import Contribution
from services.metrics.series import fold
from services.metrics.values.computing import BEGINNING, compute, hold_edition, next_keys
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.series import TENANT, Given, SeriesWorld, note_filled

_SERIES = "SELECT series_id FROM metrics.editions WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3"
_MAX_KEYS = 1_000
_HOLD_UP = """
CREATE OR REPLACE FUNCTION value_of(function text, n bigint, numbers bigint, total numeric, low numeric, high numeric)
RETURNS numeric LANGUAGE sql AS 'SELECT n::numeric FROM pg_sleep({seconds})'
"""


@dataclass(frozen=True, slots=True)
class MetricValues:
    """The metrics of a tenant, and a generation of its series."""

    series: SeriesWorld
    definitions: Definitions
    _numbers: Iterable[int] = field(default_factory=itertools.count)

    async def metric(self, given: Iterable[Given] = (), *, is_current: bool = True, **changes: object) -> Metric:
        """Create a metric with contributions to its series, and show its values."""
        metric = await self.definitions.create(f"metric {next(iter(self._numbers))}", **changes)
        await self.add(metric, given)
        if is_current:
            await self.serve(metric)
        return metric

    async def add(self, metric: Metric, given: Iterable[Given], *, kind: str = "i") -> None:
        """Fold contributions into the series of the metric's newest edition, which is filled from now on."""
        async with self.series.projector.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {self.series.schema}, metrics")
            series_id = await conn.fetchval(_SERIES, TENANT, metric.id, metric.edition)
            await note_filled(conn, series_id)
            ids = (f"{kind}:{uuid.UUID(int=number)}" for number in self._numbers)
            await fold.add(conn, [Contribution(TENANT, series_id, next(ids), *one) for one in given])

    async def serve(self, metric: Metric) -> None:
        """Show the values of the metric's newest edition."""
        async with self.series.projector.transaction() as conn:
            await conn.execute("SET LOCAL search_path = metrics")
            assert await editions.serve(conn, TENANT, metric.id, metric.edition)

    async def store(self, metric: Metric, at_ms: int) -> None:
        """Store the values as of an instant, as a run does."""
        async with self.series.projector.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {self.series.schema}")
            edition = await hold_edition(conn, TENANT, metric.id, metric.edition)
            assert edition is not None
            found = await next_keys(conn, edition, "all", BEGINNING, at_ms, limit=_MAX_KEYS)
            await compute(conn, edition, found.keys, at_ms, is_current=True)

    async def forget_filled(self) -> None:
        """Let the generation lack records of every series."""
        async with self.series.projector.transaction() as conn:
            await conn.execute(f"UPDATE {self.series.schema}.series_starts SET next_offset = 1")

    async def hold_up_windows(self, seconds: float) -> None:
        """Let each window take so long."""
        async with self.series.projector.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {self.series.schema}")
            await conn.execute(_HOLD_UP.format(seconds=seconds))
