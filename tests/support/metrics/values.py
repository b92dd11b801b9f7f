"""Metrics with values for tests: contributions folded into their series, values stored as of an instant."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from libs.service.setup import setup_service
from services.metrics.definitions import editions
from services.metrics.definitions.model import Metric
from services.metrics.service import SERVICE
from services.metrics.values.computing import BEGINNING, compute, hold_edition, next_keys
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.series import TENANT, Given, SeriesWorld, opened_series

_MAX_KEYS = 1_000


@dataclass(frozen=True, slots=True)
class MetricValues:
    """The metrics of a tenant, and a generation of its series."""

    series: SeriesWorld
    definitions: Definitions
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def metric(self, given: Iterable[Given] = (), *, is_current: bool = True, **changes: object) -> Metric:
        """Create a metric with contributions to its series, and show its values."""
        metric = await self.definitions.create(f"metric {next(self._numbers)}", **changes)
        await self.series.add(metric, given)
        if is_current:
            await self.serve(metric)
        return metric

    async def serve(self, metric: Metric) -> None:
        """Show the values of the metric's newest edition."""
        async with self.series.projector.transaction() as conn:
            assert await editions.serve(conn, TENANT, metric.id, metric.edition)

    async def store(self, metric: Metric, at_ms: int) -> None:
        """Store the values as of an instant, as a run does."""
        async with self.series.entered() as conn:
            edition = await hold_edition(conn, TENANT, metric.id, metric.edition)
            assert edition is not None
            found = await next_keys(conn, edition, "all", BEGINNING, at_ms, limit=_MAX_KEYS)
            await compute(conn, edition, found.keys, at_ms, is_current=True)


@asynccontextmanager
async def opened_values(url: str) -> AsyncIterator[MetricValues]:
    """A tenant without metrics, and a generation of its series, in a database where nothing was set up."""
    await setup_service(SERVICE, url)
    async with opened_series(url) as series:
        yield MetricValues(series, Definitions(series.requests))
