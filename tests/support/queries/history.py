"""A history for tests: its database and generation, a log in memory, and records made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from libs.contracts.paths import QUERIES
from libs.eventlog.port import StoredRecord
from libs.projections.generations import ReadModel
from libs.projections.projection import Projection
from libs.records.catalog import Catalog
from libs.records.interactions import Change, decode_change
from services.queries.interactions.model import HISTORY
from services.queries.interactions.projection import HistoryProjection
from services.queries.interactions.reads import HistoryReads
from services.queries.service import SERVICE
from tests.support.read_models import ModelWorld, opened_model
from tests.support.records import catalog_of

PROJECTION: Projection[Change] = HistoryProjection()


@dataclass(frozen=True, slots=True)
class World(ModelWorld):
    """The history's."""

    projection: Projection[Change] = PROJECTION

    async def apply(self, records: Sequence[StoredRecord]) -> None:
        """One batch, in a transaction of its own."""
        await self.fold([decode_change(record) for record in records])

    async def fold(self, changes: Sequence[Change]) -> None:
        """`apply` of what is decoded already."""
        await self.fold_into(self.projection, changes)

    def merging_at(self, interactions: int) -> World:
        """The same, merging as soon as so many interactions wait."""
        return replace(self, projection=HistoryProjection(merge_at=interactions))

    def history(self, catalog: Catalog | None = None, *, search_timeout_s: float = 5.0) -> HistoryReads:
        """The history as requests see it."""
        return HistoryReads(
            ReadModel(self.requests, QUERIES, HISTORY), catalog or catalog_of("default"), search_timeout_s
        )


def opened_world(url: str) -> AbstractAsyncContextManager[World]:
    """A world without any record."""
    return opened_model(World, url, SERVICE, PROJECTION)
