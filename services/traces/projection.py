"""The read model `traces`: every interaction and event of a unit of work once, and what is known of the whole.

A record that was seen before changes nothing; only what was really new reaches a summary or a counter, and what a late
record changes between others is worked out from its neighbours alone. So any split, order or repetition of the records
of both topics leaves the same tables, and one record costs the same however long its trace is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from libs.contracts.paths import TRACES
from libs.contracts.topics import EVENTS, INTERACTIONS, Topic
from libs.eventlog.port import StoredRecord
from libs.pg.database import Connection
from libs.pg.roles import grant_tables, tenant_policies
from libs.rollups import histogram
from services.traces import fold
from services.traces.model import TRACES_MODEL
from services.traces.records import TraceEntry, decode_entry

TABLES = (
    "interactions",
    "events",
    "summaries",
    "members",
    "resources",
    "trace_days",
    "origin_days",
    "origin_links",
)
_HERE = Path(__file__).parent


class TracesProjection:
    """The `Projection` of interactions and events."""

    service = TRACES
    name = TRACES_MODEL
    version = 7
    topics: tuple[Topic, ...] = (INTERACTIONS, EVENTS)
    publishes: tuple[Topic, ...] = ()

    @cached_property
    def ddl(self) -> str:
        """The tables and ledgers, with the tenants' policies."""
        tables = (_HERE / "traces.sql").read_text(encoding="utf-8")
        policies = "".join(tenant_policies(table, TRACES) for table in TABLES)
        return f"{tables}\n{histogram.functions()}" + policies + grant_tables(TABLES, TRACES)

    @cached_property
    def finishing_ddl(self) -> str:
        """The summaries and counters over the filled tables, and the indexes."""
        return (_HERE / "traces_finish.sql").read_text(encoding="utf-8")

    def decode(self, record: StoredRecord) -> TraceEntry | None:
        """Return the row of a record; None for voids and for events without a correlation."""
        return decode_entry(record)

    async def apply(self, conn: Connection, events: Sequence[TraceEntry]) -> None:
        """Add what is new, to rows, summaries and counters."""
        await fold.add(conn, events)

    async def fill(self, conn: Connection, events: Sequence[TraceEntry]) -> None:
        """Add what is new, to rows only."""
        await fold.add_rows(conn, events)
