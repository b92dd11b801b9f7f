"""The read model `history`: every recorded interaction once, with the counters that make its lists cheap.

A record that was seen before changes nothing, a number's void gives way to a recorded interaction whatever comes
first, and only rows that were really new reach a counter: so any split, order or repetition leaves the same tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from libs.contracts.errors import InvalidRecord
from libs.contracts.paths import QUERIES
from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.contracts.topics import INTERACTIONS, Topic
from libs.eventlog.port import StoredRecord
from libs.pg.columns import as_columns, keyed_columns
from libs.pg.database import Connection
from libs.pg.roles import grant_tables, tenant_policies
from libs.pg.sql_files import SqlFile
from libs.records.interactions import Change, RecordedRow, VoidedRow, decode_change
from services.queries.interactions.model import HISTORY

MERGE_AT, MERGE_AT_ROWS = 16_384, 256
"""The numbers of interactions, and of rows, that may wait in `timeline_recent`: every read by time adds them up."""
TABLES = (
    "facets",
    "interactions",
    "voids",
    "duplicates",
    "block_counts",
    "user_block_counts",
    "timeline",
    "timeline_recent",
)
_HERE = Path(__file__).parent
_SQL = SqlFile.load(_HERE / "fold.sql")
_MAKE_ROOM = (_HERE / "arriving.sql").read_text(encoding="utf-8")
_FIRST_FACET, _STORED_COLUMNS = RecordedRow._fields.index("type_id"), RecordedRow._fields.index("long_texts") + 1


class HistoryProjection:
    """The `Projection` of the interactions topic."""

    service = QUERIES
    name = HISTORY
    version = 5
    topics: tuple[Topic, ...] = (INTERACTIONS,)
    publishes: tuple[Topic, ...] = ()

    def __init__(self, *, merge_at: int = MERGE_AT) -> None:
        """Take other bounds for tests: merging changes where interactions are counted, never a read's sums."""
        self._merge_at = merge_at

    @cached_property
    def ddl(self) -> str:
        """The tables and unique keys, with the tenants' policies."""
        tables = (_HERE / "history.sql").read_text(encoding="utf-8")
        policies = "".join(tenant_policies(table, QUERIES) for table in TABLES)
        return tables + policies + grant_tables(TABLES, QUERIES)

    @cached_property
    def finishing_ddl(self) -> str:
        """The counters over the filled tables, and the indexes."""
        return (_HERE / "history_finish.sql").read_text(encoding="utf-8")

    def decode(self, record: StoredRecord) -> Change:
        """Return the row of a recorded or voided interaction; InvalidRecord says what is wrong with it."""
        return decode_change(record)

    async def apply(self, conn: Connection, events: Sequence[Change]) -> None:
        """Add what is new, to rows and counters."""
        batch = _Batch.of(events)
        waiting = await _fold(conn, batch, counted=True)
        if waiting.interactions >= self._merge_at or waiting.rows >= MERGE_AT_ROWS:
            await _merge(conn)

    async def fill(self, conn: Connection, events: Sequence[Change]) -> None:
        """Add what is new, to rows only."""
        await _fold(conn, _Batch.of(events), counted=False)


@dataclass(slots=True)
class _Batch:
    """A batch taken apart; of rows with the same id only the first stays, as it would in a batch of its own."""

    rows: list[RecordedRow] = field(default_factory=list)
    repeats: list[RecordedRow] = field(default_factory=list)
    voids: list[VoidedRow] = field(default_factory=list)

    @classmethod
    def of(cls, events: Sequence[Change]) -> _Batch:
        batch = cls()
        seen: set[tuple[str, str]] = set()
        for event in events:
            if isinstance(event, VoidedRow):
                batch.voids.append(event)
                continue
            identity = (event.tenant_id, event.interaction_id)
            (batch.repeats if identity in seen else batch.rows).append(event)
            seen.add(identity)
        return batch


class _Waiting(NamedTuple):
    """The part that the timeline does not count yet: the number of interactions, and of rows."""

    interactions: int
    rows: int


async def _fold(conn: Connection, batch: _Batch, *, counted: bool) -> _Waiting:
    waiting = _Waiting(0, 0)
    if batch.rows:
        await _hand_over(conn, batch.rows)
        done = await conn.fetchrow(_SQL.add_rows, counted)
        assert done is not None
        added = done["added"]
        waiting = _Waiting(done["waiting"] + added, done["waiting_rows"] + 1)
        if added < len(batch.rows):
            await _settle_refused(conn, batch.rows + batch.repeats)
        elif batch.repeats:
            await _settle_refused(conn, batch.repeats)
    if batch.voids:
        await conn.execute(_SQL.add_voids, *as_columns(batch.voids))
    return waiting


async def _merge(conn: Connection) -> None:
    """Merge what the timeline does not count yet, unless another writer is at it. Nobody waits, so nobody deadlocks."""
    if await conn.fetchval(_SQL.claim_merge):
        await conn.execute(_SQL.merge_recent)


async def _hand_over(conn: Connection, rows: Sequence[RecordedRow]) -> None:
    """Make the rows those that are arriving, with codes for what they refer to."""
    codes = await _codes(conn, _facets(rows))
    await conn.execute(_MAKE_ROOM)
    await conn.copy_records_to_table("arriving", schema_name="pg_temp", records=(_coded(row, codes) for row in rows))


async def _codes(conn: Connection, facets: Sequence[tuple[str, ...]]) -> Mapping[tuple[str, str, str], int]:
    """Return the codes by (tenant, kind, id); what has none is given one."""
    found = await conn.fetch(_SQL.facet_codes, *facets[:3])
    if len(found) < len(facets[0]):
        await conn.execute(_SQL.add_facets, *facets)
        found = await conn.fetch(_SQL.facet_codes, *facets[:3])
    return {(tenant_id, kind, id_): code for tenant_id, kind, id_, code in found}


def _coded(row: RecordedRow, codes: Mapping[tuple[str, str, str], int]) -> tuple[object, ...]:
    tenant_id = row.tenant_id
    return (
        *row[:_FIRST_FACET],
        codes[tenant_id, RESOURCE_TYPE, row.type_id],
        codes[tenant_id, ACTION, row.action_id],
        codes[tenant_id, ORIGIN, row.origin_id],
        *row[_FIRST_FACET + 3 : _STORED_COLUMNS],
    )


async def _settle_refused(conn: Connection, rows: Sequence[RecordedRow]) -> None:
    """Say of rows that may not have been added why: a repeat, a duplicate, or a number given to two interactions."""
    tenants, numbers, ids, times = ([row[column] for row in rows] for column in range(4))
    await conn.execute(_SQL.add_duplicates, tenants, numbers, ids, times)
    taken = await conn.fetchrow(_SQL.taken_number, tenants, numbers, ids)
    if taken is not None:
        raise InvalidRecord(f"number {taken['number']} of tenant {taken['tenant_id']} belongs to another interaction")


def _facets(rows: Sequence[RecordedRow]) -> list[tuple[str, ...]]:
    """Return the columns of `add_facets`: tenant, kind, id, mnemonic of whatever the rows refer to."""
    met: dict[tuple[str, str, str], str] = {}
    for row in rows:
        met[row.tenant_id, RESOURCE_TYPE, row.type_id] = row.resource_type
        met[row.tenant_id, ACTION, row.action_id] = row.action
        met[row.tenant_id, ORIGIN, row.origin_id] = row.origin
    return keyed_columns(met.items())
