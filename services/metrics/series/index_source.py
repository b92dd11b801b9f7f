"""The index of all series, kept in memory and as new as the transaction that reads it."""

from __future__ import annotations

import msgspec

from libs.pg.database import Connection
from services.metrics.definitions.model import SeriesSource
from services.metrics.feeding.index import IndexedSeries, SeriesIndex
from services.metrics.series.fold import QUERIES


class IndexSource:
    """`index` is what was read last."""

    def __init__(self) -> None:
        self.index = SeriesIndex()
        self._revision: int | None = None

    async def read(self, conn: Connection) -> SeriesIndex:
        """Return the index of the series that are committed; the same one as long as none came or ended."""
        revision: int = await conn.fetchval(QUERIES.revision)
        if revision != self._revision:
            rows = await conn.fetch(QUERIES.indexed)
            series = [
                IndexedSeries(row["tenant_id"], row["id"], msgspec.convert(row["source"], SeriesSource))
                for row in rows
                if row["id"] is not None
            ]
            self._revision, self.index = rows[0]["revision"], SeriesIndex(series, self.index)
        return self.index
