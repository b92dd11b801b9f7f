"""The beginnings of the log's partitions, before which retention may have deleted records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from libs.contracts.times import current_ms
from libs.contracts.topics import Topic
from libs.eventlog.port import EventLog, TopicPartition
from libs.pg.columns import as_columns
from libs.pg.database import Database
from libs.projections.generations import Generation
from services.metrics.backfill.generation import BACKFILL_SQL, entered

_POLL_TIMEOUT_S = 1.0


class Beginning(NamedTuple):
    """Where a partition begins. `covered_from` is the accept time of the record there (ms), None for the very first.

    A partition that retention has emptied is covered from the present on.
    """

    topic: str
    partition: int
    offset: int
    covered_from: int | None


async def beginnings(log: EventLog, topics: Sequence[Topic], known: Sequence[Beginning] = ()) -> list[Beginning]:
    """Return where each partition of the topics begins; what is `known` of an offset is not read again.

    Raises LogUnavailable.
    """
    offsets, former = await log.beginning_offsets(topics), {one[:3]: one for one in known}
    return [
        former.get((*place, offset))
        or Beginning(*place, offset, await _accepted_at(log, place, offset) if offset else None)
        for place, offset in sorted(offsets.items())
    ]


async def note_beginnings(db: Database, generation: Generation, begin: Sequence[Beginning]) -> None:
    """Note in the generation where the log begins, for the series that lack records which retention has deleted.

    For the series that are folded from the beginning it is noted once. Raises GenerationChanged, ProjectionStopped.
    """
    async with entered(db, generation) as inside:
        covered_from = max((one.covered_from or 0 for one in begin), default=0)
        await inside.conn.execute(BACKFILL_SQL.note_coverage, covered_from)
        deleted = [one for one in begin if one.offset]
        if deleted:
            await inside.conn.execute(BACKFILL_SQL.pass_deleted, *as_columns(deleted))


async def _accepted_at(log: EventLog, place: TopicPartition, offset: int) -> int:
    reader = await log.reader({place: offset})
    try:
        records = await reader.poll(timeout_s=_POLL_TIMEOUT_S, max_records=1)
    finally:
        await reader.stop()
    return records[0].timestamp_ms if records else current_ms()
