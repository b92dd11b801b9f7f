"""What operators are shown of read models: what serves, how far it is, and the rebuild under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from libs.eventlog.port import TopicPartition
from libs.pg.database import Database, Row
from libs.projections.generations import EPOCH, Generation, generation_of
from libs.projections.positions import entered
from libs.projections.registry import POSITIONS, REGISTRY

_IDLE_S = 10.0


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """A rebuild asked for. `failure` is set when it was given up, `generation` and `state` once it began."""

    reason: str
    claimed_by: str | None
    failure: str | None
    generation: int | None
    state: str | None
    done: int
    target: int | None


@dataclass(frozen=True, slots=True)
class ModelOverview:
    """A read model: records read = `applied` + `parked`; everything accepted before `as_of` is in it."""

    generation: Generation
    positions: dict[TopicPartition, int]
    applied: int
    parked: int
    as_of: datetime
    rebuild: RebuildProgress | None


async def overview(db: Database) -> list[ModelOverview]:
    """Every read model that serves. `db` is connected as the database URL's login, which owns all of them."""
    async with db.transaction(readonly=True) as conn:
        rows = await conn.fetch(REGISTRY.overview)
    return [await _model(db, row) for row in rows]


async def _model(db: Database, row: Row) -> ModelOverview:
    generation = generation_of(row)
    async with entered(db, generation, idle_s=_IDLE_S) as inside:
        found = await inside.conn.fetch(POSITIONS.all)
    return ModelOverview(
        generation=generation,
        positions={TopicPartition(at["topic"], at["partition"]): at["next_offset"] for at in found},
        applied=sum(at["applied"] for at in found),
        parked=sum(at["parked"] for at in found),
        as_of=min((at["as_of"] for at in found), default=EPOCH),
        rebuild=_progress(row) if row["rebuild_reason"] else None,
    )


def _progress(row: Row) -> RebuildProgress:
    return RebuildProgress(
        reason=row["rebuild_reason"],
        claimed_by=row["claimed_by"],
        failure=row["failure"],
        generation=row["next_generation"],
        state=row["next_state"],
        done=row["next_done"] or 0,
        target=row["next_target"],
    )
