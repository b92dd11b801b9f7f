"""Fills series into a generation by reading the log once for all of them, up to where each was cut.

How far a series is filled moves in the transaction that adds its contributions, so filling goes on anywhere, and a
second process that does the same only repeats what the ledger of contributions absorbs. A record that is invalid has
no contributions here: it is parked where the live fold meets it for a tenant with metrics.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, Self

from libs.contracts.errors import InvalidRecord
from libs.eventlog.port import EventLog, StoredRecord
from libs.pg.columns import Columns, as_columns
from libs.pg.database import Connection, Database, Row
from libs.projections.generations import Generation
from libs.projections.parking import Decoded, Fault, fold_or_fault
from libs.telemetry.logger import get_logger
from services.metrics.backfill.generation import BACKFILL_SQL, entered
from services.metrics.backfill.reading import LackingReader, OffsetRange
from services.metrics.feeding.index import Contribution, IndexedSeries, SeriesIndex
from services.metrics.series import fold

_log = get_logger(__name__)
_DECODED_AT_ONCE = 200

Found = Decoded[Sequence[Contribution]]
"""A record with its contributions."""


class _Batch(NamedTuple):
    """The ranges that were read at once, and the records in them that contribute."""

    read: Sequence[OffsetRange]
    found: Sequence[Found]


class SeriesFilling:
    """Fills `series` into a generation: call `step` until it `is_over`. `reader` reads what they lack.

    While PostgreSQL adds one batch, the next is read and decoded.
    """

    def __init__(
        self, db: Database, generation: Generation, series: Sequence[IndexedSeries], reader: LackingReader
    ) -> None:
        self._db = db
        self._generation = generation
        self._series = _columns(series)
        self._index = SeriesIndex(series)
        self._reader = reader
        self._ahead: asyncio.Task[_Batch] | None = None

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, log: EventLog, db: Database, generation: Generation, series: Sequence[IndexedSeries]
    ) -> AsyncIterator[Self]:
        """Begin where the series are filled to. Raises LogUnavailable, GenerationChanged, ProjectionStopped."""
        async with entered(db, generation) as inside:
            lacking = await inside.conn.fetch(BACKFILL_SQL.lacking, *_columns(series))
        reader = await LackingReader.opened(log, [OffsetRange(**row) for row in lacking])
        filling = cls(db, generation, series, reader)
        try:
            yield filling
        finally:
            await filling._stop()

    @property
    def is_over(self) -> bool:
        """Whether all that the series lacked was read and added."""
        return self._ahead is None and self._reader.is_over

    async def step(self) -> None:
        """Add the contributions of what was read, and read on.

        Raises LogUnavailable, GenerationChanged, ProjectionStopped.
        """
        batch = await (self._ahead or self._read())
        self._ahead = None if self._reader.is_over else asyncio.create_task(self._read())
        if batch.read:
            await self._add(batch)

    async def _stop(self) -> None:
        """Let what is read ahead end, since a poll is not to be cancelled, and let go of the log."""
        if self._ahead is not None:
            await asyncio.gather(self._ahead, return_exceptions=True)
        await self._reader.stop()

    async def _read(self) -> _Batch:
        read, records = await self._reader.poll()
        return _Batch(read, await self._contributing(records))

    async def _contributing(self, records: Sequence[StoredRecord]) -> list[Found]:
        """Return the records that contribute, letting others run now and then."""
        found: list[Found] = []
        for start in range(0, len(records), _DECODED_AT_ONCE):
            found += contributing(self._index, records[start : start + _DECODED_AT_ONCE])
            await asyncio.sleep(0)
        return found

    async def _add(self, batch: _Batch) -> None:
        async with entered(self._db, self._generation) as inside:
            lacking = _Lacking(await inside.conn.fetch(BACKFILL_SQL.hold, *self._series), batch.read)
            lacked = [one for one in map(lacking.part, batch.found) if one.event]
            folded = await fold_or_fault(inside.conn, _fold, lacked)
            columns = as_columns(batch.read, len(OffsetRange._fields))
            await inside.conn.execute(BACKFILL_SQL.advance, *self._series, *columns)
        for fault in folded.faults:
            _log_fault(self._generation, fault)


class _Lacking:
    """The offsets that each series lacks, of the ranges that were `read`; `rows` are held by the transaction."""

    def __init__(self, rows: Sequence[Row], read: Sequence[OffsetRange]) -> None:
        since = {one.place: one.since for one in read}
        self._between: dict[tuple[str, int, str, int], tuple[int, int]] = {}
        for row in rows:
            place = row["topic"], row["partition"]
            # One that lacks what lies before the range has it read later, from there on.
            if row["filled_to"] >= since.get(place, row["next_offset"]):  # type: ignore[call-overload]
                self._between[row["tenant_id"], row["series_id"], *place] = row["filled_to"], row["next_offset"]

    def part(self, one: Found) -> Found:
        """Return the contributions to series that lack them."""
        record = one.record
        place = record.topic, record.partition
        return Decoded(record, [c for c in one.event if self._is_lacking(c, place, record.offset)])

    def _is_lacking(self, contribution: Contribution, place: tuple[str, int], offset: int) -> bool:
        between = self._between.get((contribution.tenant_id, contribution.series_id, *place))
        return between is not None and between[0] <= offset < between[1]


def contributing(index: SeriesIndex, records: Sequence[StoredRecord]) -> list[Found]:
    """Return the records that contribute to series of the index; an invalid one does not."""
    found: list[Found] = []
    for record in records:
        try:
            contributions = index.contributions(record)
        except InvalidRecord:
            continue
        if contributions:
            found.append(Decoded(record, contributions))
    return found


def _columns(series: Sequence[IndexedSeries]) -> Columns:
    return as_columns(sorted((one.tenant_id, one.series_id) for one in series), 2)


async def _fold(conn: Connection, found: Sequence[Sequence[Contribution]]) -> None:
    await fold.add_past(conn, [contribution for contributions in found for contribution in contributions])


def _log_fault(generation: Generation, fault: Fault) -> None:
    record = fault.record
    _log.error(
        "record_not_filled_in",
        generation=generation.schema,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        reason=fault.reason,
    )
