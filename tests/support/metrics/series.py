"""A generation of the read model `series` for tests: contributions put into its tables, and tiles made from them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from libs.contracts.paths import METRICS
from libs.contracts.topics import EVENTS, INTERACTIONS, Topic
from libs.eventlog.port import StoredRecord
from libs.pg.columns import as_columns
from libs.pg.database import Connection
from libs.pg.roles import grant_tables, tenant_policies
from libs.projections.generations import ReadModel
from libs.projections.setup import setup_projections
from services.metrics.series import windows
from services.metrics.service import SERVICE
from tests.support.read_models import ModelWorld, opened_model

TENANT: Final = "acme"
_TABLES = ("contributions", "tiles", "quarters")
_HERE = Path(windows.__file__).parent
_ADD = """
INSERT INTO contributions (tenant_id, series_id, record_id, customer, dims, event_at, number)
SELECT $1, $2, u.* FROM unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::numeric[]) AS u
"""
_SUMS = "count(*), count(number), sum(number), min(number), max(number), min(event_at)"
_MAKE_TILES = f"""
INSERT INTO tiles
SELECT tenant_id, series_id, customer, dims, day_of(event_at), {_SUMS} FROM contributions GROUP BY 1, 2, 3, 4, 5;
INSERT INTO quarters
SELECT c.tenant_id, c.series_id, c.customer, c.dims, quarter_of(c.event_at), {_SUMS}
FROM contributions AS c
JOIN tiles AS t USING (tenant_id, series_id, customer, dims)
WHERE t.day = day_of(c.event_at) AND t.n >= 200
GROUP BY 1, 2, 3, 4, 5;
ANALYZE contributions; ANALYZE tiles; ANALYZE quarters;
"""


class Given(NamedTuple):
    """A contribution, as a test has it."""

    customer: str
    dims: str
    event_at: int
    number: Decimal | None


class _Tables:
    service = METRICS
    name = "series"
    version = 1
    topics: tuple[Topic, ...] = (INTERACTIONS, EVENTS)
    publishes: tuple[Topic, ...] = ()

    @cached_property
    def ddl(self) -> str:
        tables = (_HERE / "series.sql").read_text(encoding="utf-8")
        policies = "".join(tenant_policies(table, METRICS) for table in _TABLES)
        return tables + windows.functions() + policies + grant_tables(_TABLES, METRICS)

    @cached_property
    def finishing_ddl(self) -> str:
        return (_HERE / "series_finish.sql").read_text(encoding="utf-8")

    def decode(self, record: StoredRecord) -> None:
        return None

    async def apply(self, conn: Connection, events: Sequence[None]) -> None: ...

    async def fill(self, conn: Connection, events: Sequence[None]) -> None: ...


class SeriesWorld(ModelWorld):
    """A generation of the read model."""

    __slots__ = ()

    async def fill(self, given: Iterable[Given], *, series_id: int = 1) -> None:
        """Add the contributions, of a series that has none, to an empty generation, and make its tiles."""
        rows = [(f"i:{number}", *one) for number, one in enumerate(given)]
        async with self.projector.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {self.schema}")
            await conn.execute(_ADD, TENANT, series_id, *as_columns(rows, 5))
            await conn.execute(_MAKE_TILES)

    def reading(self, tenant_id: str = TENANT) -> AbstractAsyncContextManager[Connection]:
        """A transaction of a request."""
        return ReadModel(self.requests, METRICS, "series").transaction(tenant_id)


@asynccontextmanager
async def opened_series(url: str) -> AsyncIterator[SeriesWorld]:
    """A world on the service's database as setup left it."""
    await setup_projections(url, METRICS)
    async with opened_model(SeriesWorld, url, SERVICE, _Tables()) as world:
        yield world
