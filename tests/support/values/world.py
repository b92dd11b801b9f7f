"""A database with every read model, the door before it, and a rebuild beside each of them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from libs.contracts.reference import CATALOG_KINDS
from libs.contracts.topics import MANIFEST
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record, StoredRecord
from libs.httpkit.errors import ApiError
from libs.httpkit.request_headers import NO_HEADERS
from libs.pg.database import Connection
from libs.projections.generations import Generation, create_generation
from libs.projections.parking import decode_all, fold_or_fault
from libs.projections.projection import Projection
from libs.projections.registry import finish_tables
from libs.service.setup import setup_service
from services.gateway.events.cloudevents import structured_draft
from services.gateway.events.model import EventDraft, RequestContext, to_event
from services.gateway.events.model import to_record as event_record
from services.gateway.events.validation import own_draft
from services.gateway.interactions.validation import InteractionValidator
from services.gateway.model import InteractionDraft, PendingRecord, to_record
from services.gateway.recording.judging import Judge, judge_items
from services.gateway.replicas.catalog import CatalogIndex
from services.metrics.series.projection import SeriesProjection
from services.metrics.service import SERVICE as METRICS
from services.queries.events.projection import TABLES as EVENTS_TABLES
from services.queries.interactions.projection import TABLES as HISTORY_TABLES
from services.queries.interactions.projection import HistoryProjection
from services.queries.service import SERVICE as QUERIES
from services.traces.projection import TABLES as TRACES_TABLES
from services.traces.service import SERVICE as TRACES
from tests.support.postgres import TestServer
from tests.support.queries import events, history
from tests.support.read_models import ModelWorld, opened_model
from tests.support.records import NAMES, START_MS, catalog_item
from tests.support.traces import world as traces

_tenants = itertools.count()
# Counters that a fold may leave at nothing, where a rebuild makes no row.
_MAY_BE_EMPTY = {"trace_days", "origin_links"}


@dataclass(frozen=True, slots=True)
class Model:
    """A read model that serves, and a generation of it to be filled anew."""

    world: ModelWorld
    projection: Projection[Any]
    tables: Sequence[str]
    filling: Generation

    async def apply(self, records: Sequence[StoredRecord]) -> None:
        """Fold records as the runner does; none may be at fault."""
        async with self.world.projector.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {self.world.schema}")
            await self._fold(conn, records, self.projection.apply)

    async def assert_rebuilt_alike(self, tenant_id: str, records: Sequence[StoredRecord]) -> None:
        """A rebuild of these records alone has the very rows of their tenant; it leaves nothing behind."""
        served = await self._rows(self.world.schema, tenant_id)
        async with self.world.projector.transaction() as conn:
            undone = conn.transaction()
            await undone.start()
            await conn.execute(f"SET LOCAL search_path = {self.filling.schema}")
            await self._fold(conn, records, self.projection.fill)
            await finish_tables(conn, self.filling.service, self.filling.schema, self.projection.finishing_ddl)
            rebuilt = await self._rows_of(conn, self.filling.schema, tenant_id)
            await undone.rollback()
        assert rebuilt == served

    async def _fold(self, conn: Connection, records: Sequence[StoredRecord], fold: Callable[..., Any]) -> None:
        decoded, faults = decode_all(self.projection.decode, records)
        faults += (await fold_or_fault(conn, fold, decoded)).faults
        assert faults == [], [fault.reason for fault in faults]

    async def _rows(self, schema: str, tenant_id: str) -> dict[str, list[str]]:
        async with self.world.projector.transaction(readonly=True) as conn:
            return await self._rows_of(conn, schema, tenant_id)

    async def _rows_of(self, conn: Connection, schema: str, tenant_id: str) -> dict[str, list[str]]:
        found = {}
        for table in self.tables:
            counted = " AND t.n <> 0" if table in _MAY_BE_EMPTY else ""
            rows = await conn.fetch(
                f"SELECT (to_jsonb(t) - 'code' - 'type_code' - 'action_code' - 'origin_code')::text AS row"
                f" FROM {schema}.{table} AS t WHERE t.tenant_id = $1{counted}",
                tenant_id,
            )
            found[table] = sorted(row["row"] for row in rows)
        return found


@dataclass(slots=True)
class Tenant:
    """A tenant of its own for each example, so that nothing has to be cleared."""

    id: str = field(default_factory=lambda: f"tenant-{next(_tenants)}")
    index: CatalogIndex = field(default_factory=CatalogIndex)
    ids: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        for kind in CATALOG_KINDS:
            for name in NAMES[kind]:
                self.index.put(catalog_item(self.id, kind, name))

    async def interactions(self, bodies: Sequence[bytes]) -> list[StoredRecord | ApiError]:
        """The door's answer to each item of a batch: its record as it is read back, or why it is refused."""
        validator = InteractionValidator(self.index, self._new_id)
        judged = await judge_items(bodies, partial(validator.item, self.id, NO_HEADERS), _nothing)
        return [one if isinstance(one, ApiError) else self._recorded(at, one) for at, one in enumerate(judged, start=1)]

    async def events(self, bodies: Sequence[bytes], *, as_cloud_events: bool) -> list[StoredRecord | ApiError]:
        """The same of events, in our own JSON or as CloudEvents."""
        judge: Judge[EventDraft] = partial(structured_draft, self.id) if as_cloud_events else own_draft
        judged = await judge_items(bodies, judge, _nothing)
        return [one if isinstance(one, ApiError) else self._occurred(at, one) for at, one in enumerate(judged, start=1)]

    def _recorded(self, number: int, draft: InteractionDraft) -> StoredRecord:
        pending = PendingRecord(self.id, draft)
        pending.take(number, START_MS + number)
        return _stored(to_record(pending))

    def _occurred(self, at: int, draft: EventDraft) -> StoredRecord:
        context = RequestContext(
            tenant_id=self.id, actor_id="ann", actor_type="user", accepted_ms=START_MS + at, correlation_id="unit"
        )
        return _stored(event_record(to_event(draft, context, at, self._new_id), START_MS + at))

    def _new_id(self) -> str:
        return f"00000000-0000-7000-8000-{next(iter(self.ids)):012x}"


def _stored(record: Record) -> StoredRecord:
    return StoredRecord(record.topic, 0, 0, record.key, record.value, record.headers, record.timestamp_ms)


async def _nothing() -> None:
    """The catalog is complete."""


@dataclass(frozen=True, slots=True)
class ValuesWorld:
    """All read models over one database."""

    history: Model
    events: Model
    traces: Model
    series: Model


@asynccontextmanager
async def opened_world(server: TestServer) -> AsyncIterator[ValuesWorld]:
    """All read models, empty."""
    async with AsyncExitStack() as stack:
        template = await server.template("values", _set_up)
        url = await stack.enter_async_context(server.database(template=template))

        log = MemoryEventLog()
        await log.ensure_topics(MANIFEST)

        async def opened(kind: type[Any], service: Any, projection: Projection[Any], tables: Sequence[str]) -> Model:
            world: ModelWorld = await stack.enter_async_context(opened_model(kind, url, service, projection, log))
            async with world.projector.transaction() as conn:
                filling = await create_generation(conn, projection, await world.log.identity(), {}, state="filling")
            return Model(world, projection, tables, filling)

        # Merged at once, as a rebuild has it.
        merged = HistoryProjection(merge_at=1)
        yield ValuesWorld(
            await opened(history.World, QUERIES, merged, HISTORY_TABLES),
            await opened(events.World, QUERIES, events.PROJECTION, EVENTS_TABLES),
            await opened(traces.World, TRACES, traces.PROJECTION, TRACES_TABLES),
            await opened(ModelWorld, METRICS, SeriesProjection(), ("contributions", "skips")),
        )


async def _set_up(url: str) -> None:
    for service in (QUERIES, TRACES, METRICS):
        await setup_service(service, url)
