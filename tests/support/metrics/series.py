"""A generation of the read model `series` for tests: contributions put into its tables, and tiles made from them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from typing import Final, NamedTuple

from libs.contracts.paths import METRICS
from libs.pg.database import Connection
from libs.projections.generations import ReadModel
from libs.projections.setup import setup_projections
from services.metrics.feeding.index import Contribution
from services.metrics.series import fold
from services.metrics.series.projection import SeriesProjection
from services.metrics.service import SERVICE
from tests.support.read_models import ModelWorld, opened_model

TENANT: Final = "acme"


_FILLED: Final = "INSERT INTO series_starts VALUES ($1, $2, 'interactions', 0, 0, 0, 0) ON CONFLICT DO NOTHING"


class Given(NamedTuple):
    """A contribution, as a test has it."""

    customer: str
    dims: str
    event_at: int
    number: Decimal | None


class SeriesWorld(ModelWorld):
    """A generation of the read model."""

    __slots__ = ()

    async def fill(self, given: Iterable[Given], *, series_id: int = 1) -> None:
        """Add the contributions, of a series that has none, to an empty generation, and make its tiles."""
        rows = [Contribution(TENANT, series_id, f"i:{number}", *one) for number, one in enumerate(given)]
        async with self.projector.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {self.schema}")
            await fold.add_rows(conn, rows)
            await conn.execute(f"{fold.COUNT_ALL}; ANALYZE contributions; ANALYZE tiles; ANALYZE quarters")

    def reading(self, tenant_id: str = TENANT) -> AbstractAsyncContextManager[Connection]:
        """A transaction of a request."""
        return ReadModel(self.requests, METRICS, "series").transaction(tenant_id)


async def note_filled(conn: Connection, series_id: int) -> None:
    """Say that the generation on the path has all contributions to a series, unless it says something already."""
    await conn.execute(_FILLED, TENANT, series_id)


@asynccontextmanager
async def opened_series(url: str) -> AsyncIterator[SeriesWorld]:
    """A world on the service's database as setup left it."""
    await setup_projections(url, METRICS)
    async with opened_model(SeriesWorld, url, SERVICE, SeriesProjection()) as world:
        yield world
