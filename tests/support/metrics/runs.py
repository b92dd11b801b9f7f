"""Runs, the valuer and the publisher for tests: metrics over contributions that a test folds, and what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any, Final, NamedTuple

from libs.contracts.metric_values import MetricValue, decode_metric_value
from libs.contracts.times import to_ms
from libs.contracts.topics import METRIC_VALUES
from libs.eventlog.port import EventLog
from libs.pg.database import Connection, Database
from libs.schedule.schedule import Leased
from services.metrics.backfill.progress import MetricState, metric_states
from services.metrics.definitions.model import Metric
from services.metrics.feeding.index import Contribution
from services.metrics.runs.model import Run
from services.metrics.runs.requests import RUNS
from services.metrics.runs.store import RunStore
from services.metrics.runs.working import LEASE_S, RunWorker
from services.metrics.series import fold
from services.metrics.values.publisher import clear_retired, publish
from services.metrics.values.valuer import Valuing
from tests.support.eventlog import read_topic
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.series import TENANT, SeriesWorld, note_filled

NEVER: Final = asyncio.Event
DAY_MS: Final = 86_400_000


class Stored(NamedTuple):
    """A stored value, as of an instant in milliseconds."""

    value: Decimal | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class RunsWorld:
    """The metrics of acme, over a generation of the read model that a test folds into."""

    series: SeriesWorld
    definitions: Definitions
    log_id: str
    numbers: Iterable[int] = field(default_factory=count)

    @property
    def log(self) -> EventLog:
        """The log that the generation is of."""
        return self.series.log

    @property
    def db(self) -> Database:
        """The database as the projector."""
        return self.series.projector

    async def now_ms(self) -> int:
        """The database's clock."""
        async with self.db.transaction() as conn:
            return int(await conn.fetchval("SELECT extract(epoch FROM clock_timestamp()) * 1000"))

    async def fold(self, metric: Metric, *customers: str, ago_ms: int = 1_000, number: int = 1) -> None:
        """Fold a contribution of each customer to the metric's series, which is filled, of an event so long ago."""
        rows = [await self.contribution(metric, customer, ago_ms=ago_ms, number=number) for customer in customers]
        async with self.db.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {self.series.schema}")
            await note_filled(conn, await self.series_of(metric))
            await fold.add(conn, rows)

    async def state(self, metric: Metric) -> MetricState:
        """How far the metric is, as a request sees it."""
        async with self.series.reading() as conn:
            return (await metric_states(conn, TENANT, [metric.id]))[metric.id]

    async def contribution(
        self, metric: Metric, customer: str, *, ago_ms: int = 1_000, number: int = 1
    ) -> Contribution:
        """A contribution to the metric's series that is not there yet."""
        record_id, at_ms = f"i:{next(iter(self.numbers))}", await self.now_ms() - ago_ms
        return Contribution(TENANT, await self.series_of(metric), record_id, customer, "[]", at_ms, Decimal(number))

    async def series_of(self, metric: Metric) -> int:
        """The series of the metric's newest edition."""
        query = "SELECT series_id FROM metrics.editions WHERE metric_id = $1 ORDER BY edition DESC LIMIT 1"
        found: int = await self.value(query, metric.id)
        return found

    def worker(self, db: Database | None = None, *, chunk_keys: int = 2, is_filled: bool = True) -> RunWorker:
        """What works off runs; series are filled, or are not."""

        async def filled(_conn: Connection, _tenant_id: str, _series_id: int) -> bool:
            return is_filled

        return RunWorker(db or self.db, self.log_id, filled, chunk_keys=chunk_keys)

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
        """The runs of the metric, oldest first."""
        async with self.db.transaction() as conn:
            return list(reversed(await RunStore(conn, TENANT).list(metric.id, before=None, limit=100)))

    async def last_run(self, metric: Metric) -> Run:
        """The newest run of the metric."""
        return (await self.runs(metric))[-1]

    async def stored(self, metric: Metric, edition: int | None = None) -> dict[str, Stored]:
        """The stored values of an edition, by default the one that is shown, by customer."""
        rows = await self.rows(
            "SELECT v.customer, v.value, v.computed_at FROM metrics.metric_values AS v WHERE v.metric_id = $1"
            " AND v.edition = coalesce($2, (SELECT serving FROM metrics.definitions WHERE id = $1)) ORDER BY 1",
            metric.id,
            edition,
        )
        return {row["customer"]: Stored(row["value"], to_ms(row["computed_at"])) for row in rows}

    async def computed(self, metric: Metric, at_ms: int, *customers: str) -> dict[str, Decimal]:
        """The values of customers at an instant, as requests compute them."""
        async with self.series.reading() as conn:
            rows = await conn.fetch(
                "SELECT w.customer, w.value FROM metrics.definitions AS d JOIN metrics.editions AS e"
                " ON (e.metric_id, e.edition) = (d.id, d.serving) CROSS JOIN LATERAL"
                " window_values(e.tenant_id, e.series_id, e.function, e.window_days, $2, $3, $4) AS w WHERE d.id = $1",
                *(metric.id, at_ms, list(customers), ["[]"] * len(customers)),
            )
        return {row["customer"]: row["value"] for row in rows}

    async def assert_current_or_touched(self, metric: Metric) -> None:
        """Every stored value is that of its instant, with all that is folded, or is known to have to be looked at."""
        touched = {row["customer"] for row in await self.rows(f"SELECT customer FROM {self.series.schema}.touched")}
        for customer, stored in (await self.stored(metric)).items():
            computed = await self.computed(metric, stored.at_ms, customer)
            assert customer in touched or computed[customer] == stored.value

    async def published(self, customer: str) -> list[MetricValue | None]:
        """What the topic has of the customer, in its order; None for a tombstone."""
        return [
            None if record.value is None else decode_metric_value(record.value)
            for record in await read_topic(self.log, METRIC_VALUES)
            if record.key is not None and record.key.endswith(f":{customer}")
        ]

    async def let_pass(self, ms: int) -> None:
        """Let everything that is counted have happened so much earlier, once for each customer."""
        schema = self.series.schema
        await self.execute(
            f"UPDATE {schema}.tiles SET first_at = first_at - $1, day = {schema}.day_of(first_at - $1)", ms
        )
        await self.execute(f"UPDATE {schema}.contributions SET event_at = event_at - $1", ms)
        await self.execute("UPDATE metrics.metric_values SET next_change_at = next_change_at - $1", ms)

    async def execute(self, statement: str, *values: object) -> None:
        """Do something to the tables."""
        async with self.db.transaction() as conn:
            await conn.execute(statement, *values)

    async def rows(self, query: str, *values: object) -> list[Any]:
        """Rows of the tables."""
        async with self.db.transaction() as conn:
            return list(await conn.fetch(query, *values))

    async def value(self, query: str, *values: object) -> Any:
        """The first value of a query."""
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
    """What lets the process die before its statement of that number."""

    async def before(statement: int) -> None:
        if statement == number:
            raise Died

    return before
