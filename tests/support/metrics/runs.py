"""Runs, the valuer and the publisher for tests: metrics over contributions that a test folds, and what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from libs.contracts.metric_values import MetricValue
from libs.contracts.times import to_ms
from libs.contracts.topics import METRIC_VALUES
from libs.eventlog.port import EventLog
from libs.pg.database import Connection, Database
from libs.schedule.schedule import Leased
from services.metrics.definitions.model import Metric
from services.metrics.runs.model import Run
from services.metrics.runs.requests import RUNS
from services.metrics.runs.store import RunStore
from services.metrics.runs.working import LEASE_S, IsFilled, RunWorker
from services.metrics.values.publisher import clear_retired, publish
from services.metrics.values.valuer import Valuing
from tests.support.eventlog import read_topic
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.series import TENANT, Given, SeriesWorld

NEVER: Final = asyncio.Event
DAY_MS: Final = 86_400_000


class Stored(NamedTuple):
    """A stored value, as of an instant in milliseconds."""

    value: Decimal | None
    at_ms: int


async def filled(_conn: Connection, _tenant_id: str, _series_id: int) -> bool:
    """Return that all contributions of the series are there."""
    return True


async def failing(conn: Connection, _tenant_id: str, _series_id: int) -> bool:
    """Let the attempt end in an error of the database."""
    return bool(await conn.fetchval("SELECT 1 / 0"))


@dataclass(frozen=True, slots=True)
class RunsWorld:
    """The metrics of acme, over a generation of the read model that a test folds into."""

    series: SeriesWorld
    definitions: Definitions
    log_id: str

    @property
    def log(self) -> EventLog:
        """The log that the generation is of."""
        return self.series.log

    @property
    def db(self) -> Database:
        """The database as the projector."""
        return self.series.projector

    async def now_ms(self) -> int:
        """Return the time of the database's clock."""
        return int(await self.value("SELECT extract(epoch FROM clock_timestamp()) * 1000"))

    async def fold(self, metric: Metric, *customers: str, ago_ms: int = 1_000, number: int = 1) -> None:
        """Fold a contribution of each customer to the metric's series, which is filled, of an event so long ago."""
        at_ms = await self.now_ms() - ago_ms
        await self.series.add(metric, [Given(customer, "[]", at_ms, Decimal(number)) for customer in customers])

    def worker(self, db: Database | None = None, *, chunk_keys: int = 2, is_filled: IsFilled = filled) -> RunWorker:
        """Return a worker of runs, for which all series are filled unless `is_filled` says otherwise."""
        return RunWorker(db or self.db, self.log_id, is_filled, chunk_keys=chunk_keys)

    async def lease(self) -> Leased | None:
        """Lease the run that has been due for longest."""
        async with self.db.transaction() as conn:
            return next(iter(await RUNS.lease(conn, limit=1, for_s=LEASE_S)), None)

    async def make_due(self, kind: str = "run") -> None:
        """Let every row of the schedule be due, as at the end of its lease."""
        await self.execute("UPDATE metrics.schedule SET due_at = now() - interval '1 s' WHERE kind = $1", kind)

    async def work_off(self, worker: RunWorker | None = None) -> None:
        """Work off all runs that are due."""
        while (leased := await self.lease()) is not None:
            await (worker or self.worker()).work_off(leased, NEVER())

    async def value_all(self) -> None:
        """Let the valuer do a round."""
        await Valuing(self.db, chunk_keys=2).round(NEVER())

    async def publish(self) -> None:
        """Publish until nothing is left to be."""
        async with self.db.acquire() as conn:
            while await publish(self.log, conn, of_metric=2) + await clear_retired(self.log, conn, of_edition=2):
                pass

    async def runs(self, metric: Metric) -> list[Run]:
        """Return the runs of the metric, oldest first."""
        async with self.db.transaction() as conn:
            return list(reversed(await RunStore(conn, TENANT).list(metric.id, before=None, limit=100)))

    async def last_run(self, metric: Metric) -> Run:
        """Return the newest run of the metric."""
        return (await self.runs(metric))[-1]

    async def stored(self, metric: Metric, edition: int | None = None) -> dict[str, Stored]:
        """Return the stored values of an edition, by default the one that is shown, by customer."""
        rows = await self.rows(
            "SELECT v.customer, v.value, v.computed_at FROM metrics.metric_values AS v WHERE v.metric_id = $1"
            " AND v.edition = coalesce($2, (SELECT serving FROM metrics.definitions WHERE id = $1)) ORDER BY 1",
            metric.id,
            edition,
        )
        return {row["customer"]: Stored(row["value"], to_ms(row["computed_at"])) for row in rows}

    async def computed(self, metric: Metric, at_ms: int, *customers: str) -> dict[str, Decimal]:
        """Return the values of customers at an instant, as requests compute them."""
        async with self.series.reading() as conn:
            rows = await conn.fetch(
                "SELECT w.customer, w.value FROM metrics.definitions AS d JOIN metrics.editions AS e"
                " ON (e.metric_id, e.edition) = (d.id, d.serving) CROSS JOIN LATERAL"
                " window_values(e.tenant_id, e.series_id, e.function, e.window_days, $2, $3, $4) AS w WHERE d.id = $1",
                *(metric.id, at_ms, list(customers), ["[]"] * len(customers)),
            )
        return {row["customer"]: row["value"] for row in rows}

    async def assert_current_or_touched(self, metric: Metric) -> None:
        """Assert that each stored value whose key is not touched is, with all that is folded, that of its instant."""
        touched = {row["customer"] for row in await self.rows(f"SELECT customer FROM {self.series.schema}.touched")}
        for customer, stored in (await self.stored(metric)).items():
            computed = await self.computed(metric, stored.at_ms, customer)
            assert customer in touched or computed[customer] == stored.value

    async def published(self, customer: str) -> list[MetricValue | None]:
        """Return the customer's values in the order of the topic, None for a tombstone."""
        return [
            None if record.value is None else msgspec.json.decode(record.value, type=MetricValue)
            for record in await read_topic(self.log, METRIC_VALUES)
            if record.key is not None and record.key.endswith(f":{customer}")
        ]

    async def let_pass(self, ms: int) -> None:
        """Move the one record of each customer back in time, as if `ms` had passed."""
        schema = self.series.schema
        await self.execute(
            f"UPDATE {schema}.tiles SET first_at = first_at - $1, day = {schema}.day_of(first_at - $1)", ms
        )
        await self.execute(f"UPDATE {schema}.contributions SET event_at = event_at - $1", ms)
        await self.execute("UPDATE metrics.metric_values SET next_change_at = next_change_at - $1", ms)

    async def execute(self, statement: str, *values: object) -> None:
        """Execute a statement as the projector."""
        async with self.db.transaction() as conn:
            await conn.execute(statement, *values)

    async def rows(self, query: str, *values: object) -> list[Any]:
        """Return the rows of a query."""
        async with self.db.transaction() as conn:
            return list(await conn.fetch(query, *values))

    async def value(self, query: str, *values: object) -> Any:
        """Return the first value of a query."""
        async with self.db.transaction() as conn:
            return await conn.fetchval(query, *values)


class Died(Exception):
    """The process died."""


class Interrupted(Database):
    """A database that tells `before` the number of each statement, from 1, and ends with what that raises.

    Statements that set something for their own transaction do not count: nothing happens in them that others could see.
    """

    def __init__(self, db: Database, before: Callable[[int], Awaitable[None]]) -> None:
        self._db = db
        self._before = before
        self.statements = 0

    @asynccontextmanager
    async def transaction(self, **options: Any) -> AsyncIterator[Any]:
        async with self._db.transaction(**options) as conn:
            yield _Told(conn, self._tell)

    async def _tell(self) -> None:
        self.statements += 1
        await self._before(self.statements)


_SETTINGS: Final = ("SET LOCAL ", "SELECT set_config(")


class _Told:
    """A connection that tells of its statements before it runs them."""

    def __init__(self, conn: Connection, tell: Callable[[], Awaitable[None]]) -> None:
        self._conn = conn
        self._tell = tell

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._conn, name)
        if name not in {"execute", "fetch", "fetchrow", "fetchval"}:
            return method

        async def told(statement: str, *arguments: Any) -> Any:
            if not statement.startswith(_SETTINGS):
                await self._tell()
            return await method(statement, *arguments)

        return told


def dying_at(number: int) -> Callable[[int], Awaitable[None]]:
    """Return what `Interrupted` calls so that the process dies before its statement of that number."""

    async def before(statement: int) -> None:
        if statement == number:
            raise Died

    return before
