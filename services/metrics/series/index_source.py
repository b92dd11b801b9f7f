"""The index of all series, kept in memory and as new as the transaction that reads it.

A filter that an earlier version took may be none to this one. Its series is left out and says so from then on, in the
transaction that folds the first batch without it; all other series go on.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from libs.pg.database import Connection, Row
from libs.telemetry.logger import get_logger
from services.metrics.definitions.model import SeriesSource
from services.metrics.feeding.index import IndexedSeries, Refused, SeriesIndex
from services.metrics.series.fold import QUERIES

_log = get_logger(__name__)


class IndexSource:
    """Reads the index of all series; `index` is the one that was read last."""

    def __init__(self) -> None:
        self.index = SeriesIndex()
        self._revision: int | None = None
        self._refused: Refused = {}

    async def read(self, conn: Connection) -> SeriesIndex:
        """Return the index of the series that are committed; the same one as long as none came or ended."""
        if await read_revision(conn) != self._revision:
            rows = await conn.fetch(QUERIES.indexed)
            refused: Refused = {}
            series = indexed(row for row in rows if row["series_id"] is not None)
            self.index = SeriesIndex(series, self.index, refused=refused)
            self._revision, self._refused = rows[0]["revision"], refused
            for (tenant_id, series_id), reason in refused.items():
                _log.error("series_refused", tenant=tenant_id, series=series_id, reason=reason)
        index = self.index
        if self._refused:
            # Again with every batch, since one that is rolled back leaves no note.
            await conn.executemany(QUERIES.refuse, [(*key, reason) for key, reason in sorted(self._refused.items())])
        return index


def indexed(rows: Iterable[Row]) -> list[IndexedSeries]:
    """Return the series of rows that have tenant, id and source."""
    return [
        IndexedSeries(row["tenant_id"], row["series_id"], msgspec.convert(row["source"], SeriesSource)) for row in rows
    ]


async def read_revision(conn: Connection) -> int:
    """Return the number that every change of what is computed raises."""
    revision: int = await conn.fetchval(QUERIES.revision)
    return revision
