"""The read model `series`: the contributions of every record to the series of its tenant, and tiles of them.

A contribution that was seen before changes nothing, only new ones reach tiles, and no clock is looked at: any split,
order and repetition of the records leaves the same tables. The definitions are read in the transaction that folds, when
its positions are held: a series that was committed before is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

from libs.contracts.paths import METRICS
from libs.contracts.topics import EVENTS, INTERACTIONS, Topic
from libs.eventlog.port import StoredRecord
from libs.pg.database import Connection
from libs.pg.roles import grant_tables, tenant_policies
from libs.projections.long_work import LongWork
from services.metrics.backfill.progress import unfilled_series
from services.metrics.feeding.index import Contribution, SeriesIndex
from services.metrics.series import fold
from services.metrics.series.index_source import IndexSource
from services.metrics.series.model import SERIES_MODEL

TABLES: Final = ("contributions", "tiles", "quarters", "skips", "touched", "series_starts", "backfill_failures")


class Feeding(msgspec.Struct, frozen=True, gc=False):
    """A record, and its contributions to the series that were known when it was decoded."""

    record: StoredRecord
    index: SeriesIndex
    contributions: Sequence[Contribution]


class SeriesProjection:
    """The `Projection` of interactions and events."""

    service = METRICS
    name = SERIES_MODEL
    version = 1
    topics: tuple[Topic, ...] = (INTERACTIONS, EVENTS)
    publishes: tuple[Topic, ...] = ()

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._source = IndexSource()

    @cached_property
    def ddl(self) -> str:
        """Tables and ledger with the tenants' policies, and the functions over them."""
        policies = "".join(tenant_policies(table, METRICS) for table in TABLES)
        return _text("series.sql") + _text("windows.sql") + policies + grant_tables((*TABLES, "origin"), METRICS)

    @cached_property
    def finishing_ddl(self) -> str:
        """Tiles of what was filled, and the index."""
        return f"{fold.COUNT_ALL};\n" + _text("series_finish.sql")

    def decode(self, record: StoredRecord) -> Feeding:
        """Return the record, also one that feeds nothing: it may feed a series that came meanwhile."""
        index = self._source.index
        return Feeding(record, index, index.contributions(record))

    async def apply(self, conn: Connection, events: Sequence[Feeding]) -> None:
        """Add what is new, to all tables."""
        await fold.add(conn, await self._contributions(conn, events))

    async def fill(self, conn: Connection, events: Sequence[Feeding]) -> None:
        """Add what is new, to the contributions alone."""
        await fold.add_rows(conn, await self._contributions(conn, events))

    async def lacking(self, conn: Connection) -> set[tuple[str, int]]:
        return await unfilled_series(conn)

    async def _contributions(self, conn: Connection, events: Sequence[Feeding]) -> Sequence[Contribution]:
        """Return the events' contributions to the series that there are now, worked out anew where those are others."""
        index = await self._source.read(conn)
        work = LongWork(conn)
        found: list[Contribution] = []
        for event in events:
            if event.index is index:
                found += event.contributions
            else:
                found += index.contributions(event.record)
                await work.pause()
        return found


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
