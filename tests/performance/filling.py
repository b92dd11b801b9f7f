"""A read model with millions of rows: filled and finished as by a rebuild, most of the rows made inside the database.

The first rows go through the projection's own decoding and fold; the rest are the same again later, under other
numbers, ids and units of work, so that values stay as skewed as they were.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from libs.contracts.interactions import encode_interaction
from libs.contracts.reference import ACTION, CATALOG_KINDS, ORIGIN, RESOURCE_TYPE, ReferenceRecord, encode_reference
from libs.contracts.times import format_ms
from libs.contracts.topics import INTERACTIONS, MANIFEST, REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import StoredRecord
from libs.pg.database import Database, connect_once
from libs.pg.roles import projector_role
from libs.projections.generations import create_generation
from libs.projections.projection import Projection
from libs.projections.registry import REGISTRY, finish_tables
from libs.records.catalog import Catalog
from libs.service.service import Service
from libs.service.setup import setup_service
from tests.performance.interactions_data import ACTIONS, ORIGINS, START_MS, TYPES, Shape, catalog_id, interactions

TENANT = "default"
NAMES = {RESOURCE_TYPE: TYPES, ACTION: ACTIONS, ORIGIN: ORIGINS}
DAYS = 90
_FOLDED = 200_000
_BATCH = 5_000


def interaction_records(rows: int, days: float) -> Iterator[StoredRecord]:
    """So many interactions in so many days, as the log has them."""
    for at, (tenant_id, body) in enumerate(interactions(rows, Shape(days=days))):
        yield StoredRecord(INTERACTIONS.name, 0, at, *encode_interaction(tenant_id, body, actor_type="user"), START_MS)


@dataclass(frozen=True, slots=True)
class Model:
    """A read model to fill. `copy` is the statement that adds a copy of the first rows: its number, their end.

    `records` are the first rows' of so many days, `end` asks when the last of them was.
    """

    projection: Projection[Any]
    service: Service[Any]
    copy: str
    records: Callable[[int, float], Iterator[StoredRecord]] = interaction_records
    end: str = "SELECT max(created_at) + interval '1 ms' FROM interactions"


async def fill(url: str, model: Model, rows: int) -> None:
    """One serving generation with so many records in 90 days, also of a second tenant; says how long it took."""
    await setup_service(model.service, url)
    projection, log = model.projection, MemoryEventLog()
    await log.ensure_topics(MANIFEST)
    starts = await log.beginning_offsets(projection.topics)
    async with await Database.connect(url, role=projector_role(projection.service), application_name="bench") as db:
        async with db.transaction() as conn:
            await conn.execute(REGISTRY.adopt_log, await log.identity())
            made = await create_generation(conn, projection, await log.identity(), starts, state="filling")
        begun_s = time.perf_counter()
        await _fold(db, made.schema, model, rows)
        await _multiply(db, made.schema, model, rows // _FOLDED)
        filled_s = time.perf_counter()
        async with db.transaction() as conn:
            await finish_tables(conn, projection.service, made.schema, projection.finishing_ddl)
            await conn.execute(REGISTRY.serve, *made.key)
        done_s = time.perf_counter()
    login = await connect_once(url, application_name="bench")
    try:
        await login.execute("VACUUM ANALYZE")
    finally:
        await login.close()
    took = f"in {filled_s - begun_s:.0f} s, counters and indexes in {done_s - filled_s:.0f} s"
    print(f"filled {rows:,} rows of {projection.service}.{projection.name} {took}", flush=True)


async def _fold(db: Database, schema: str, model: Model, rows: int) -> None:
    first, projection = min(rows, _FOLDED), model.projection
    records = model.records(first, DAYS * first / rows)
    while batch := list(islice(records, _BATCH)):
        async with db.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {schema}")
            await projection.fill(conn, [projection.decode(record) for record in batch])


async def _multiply(db: Database, schema: str, model: Model, times: int) -> None:
    for number in range(1, times):
        async with db.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {schema}")
            if number == 1:
                end = await conn.fetchval(model.end)
            await conn.execute(model.copy, number, end, timeout=600)


def catalog() -> Catalog:
    """The catalog that the rows refer to."""
    found, at = Catalog(), format_ms(START_MS)
    for kind in CATALOG_KINDS:
        for name in NAMES[kind]:
            data = {"title": name, "mnemonic": name, "createdDate": at, "modifiedDate": at}
            identifier = catalog_id(TENANT, kind, name)
            record = ReferenceRecord(kind=kind, tenant_id=TENANT, id=identifier, version=1, data=data)
            key, value, headers = encode_reference(record, timestamp_ms=START_MS)
            found.apply(StoredRecord(REFERENCE.name, 0, 0, key, value, headers, START_MS))
    return found
