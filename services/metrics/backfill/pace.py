"""The pace of the backfill: it gives way while the live fold is behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from libs.contracts.topics import Topic
from libs.eventlog.port import EventLog, TopicPartition
from libs.pg.database import Database
from libs.projections.generations import Generation
from services.metrics.backfill.generation import BACKFILL_SQL, entered

BEHIND_S: Final = 1.0
"""By how many seconds the live fold may be behind before the backfill gives way."""


async def is_behind(log: EventLog, db: Database, generation: Generation, topics: Sequence[Topic]) -> bool:
    """Return whether records wait for the live fold, which applied none of the last second in their partition.

    Raises LogUnavailable, GenerationChanged, ProjectionStopped.
    """
    async with entered(db, generation) as inside:
        late = await inside.conn.fetch(BACKFILL_SQL.late, BEHIND_S)
    if not late:
        return False
    ends = await log.end_offsets(topics)
    return any(row["next_offset"] < ends.get(TopicPartition(row["topic"], row["partition"]), 0) for row in late)
