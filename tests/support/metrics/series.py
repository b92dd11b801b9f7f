"""A generation of the read model `series` for tests: contributions put into its tables, and tiles made from them."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import Final, NamedTuple

from libs.contracts.paths import METRICS
from libs.eventlog.port import EventLog
from libs.pg.database import Connection
from libs.projections.generations import ReadModel
from services.metrics.backfill.progress import MetricState, metric_states
from services.metrics.definitions.model import Metric
from services.metrics.feeding.index import Contribution
from services.metrics.series import fold
from services.metrics.series.model import SERIES_MODEL
from services.metrics.series.projection import SeriesProjection
from services.metrics.service import SERVICE
from tests.support.read_models import ModelWorld, opened_model

TENANT: Final = "acme"
_SERIES: Final = "SELECT series_id FROM metrics.editions WHERE metric_id = $1 ORDER BY edition DESC LIMIT 1"
_FILLED: Final = "INSERT INTO series_starts VALUES ($1, $2, 'interactions', 0, 0, 0, 0) ON CONFLICT DO NOTHING"
_numbers = itertools.count()


class Given(NamedTuple):
    """A contribution, as a test has it."""

    customer: str
    dims: str
    event_at: int
    number: Decimal | None


def contributions(series_id: int, given: Iterable[Given], *, kind: str = "i") -> list[Contribution]:
    """Return contributions to a series, each of a record of its own."""
    return [Contribution(TENANT, series_id, f"{kind}:{uuid.UUID(int=next(_numbers))}", *one) for one in given]


class SeriesWorld(ModelWorld):
    """A generation of the read model."""

    __slots__ = ()

    async def series_of(self, metric: Metric) -> int:
        """Return the series of the metric's newest edition."""
        async with self.projector.transaction() as conn:
            found: int = await conn.fetchval(_SERIES, metric.id)
            return found

    async def add(self, metric: Metric, given: Iterable[Given], *, kind: str = "i") -> None:
        """Fold contributions into the metric's series, which is filled from now on."""
        series_id = await self.series_of(metric)
        async with self.entered() as conn:
            await conn.execute(_FILLED, TENANT, series_id)
            await fold.add(conn, contributions(series_id, given, kind=kind))

    async def state(self, metric: Metric) -> MetricState:
        """Return how far the metric is, as a request sees it."""
        async with self.reading() as conn:
            return (await metric_states(conn, TENANT, [metric.id]))[metric.id]

    async def fill(self, given: Iterable[Given], *, series_id: int = 1) -> None:
        """Add the contributions, of a series that has none, to an empty generation, and make its tiles."""
        async with self.entered() as conn:
            await fold.add_rows(conn, contributions(series_id, given))
            await conn.execute(f"{fold.COUNT_ALL}; ANALYZE contributions; ANALYZE tiles; ANALYZE quarters")

    async def vacuum(self) -> None:
        """Vacuum and analyse the tables that windows are read from."""
        async with self.projector.acquire() as conn:
            for table in ("contributions", "tiles", "quarters"):
                await conn.execute(f"VACUUM (ANALYZE) {self.schema}.{table}")

    def reading(self, tenant_id: str = TENANT) -> AbstractAsyncContextManager[Connection]:
        """A transaction of a request."""
        return ReadModel(self.requests, METRICS, SERIES_MODEL).transaction(tenant_id)


def opened_series(url: str, given: EventLog | None = None) -> AbstractAsyncContextManager[SeriesWorld]:
    """A world without contributions on the service's database; its log is in memory unless one is given."""
    return opened_model(SeriesWorld, url, SERVICE, SeriesProjection(), given)
