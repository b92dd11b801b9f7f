"""The overview of read models and reactors for operators: what serves, how far it is, and the rebuild under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from libs.contracts.times import EPOCH
from libs.eventlog.port import TopicPartition
from libs.pg.database import Database, Row
from libs.projections.generations import Generation, generation_of
from libs.projections.operators.entering import ProjectorOf
from libs.projections.positions import entered
from libs.projections.reactor_registry import REACTORS, RegisteredReactor, reactor_of
from libs.projections.registry import POSITIONS, REGISTRY

_IDLE_S = 10.0


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """A requested rebuild. `failure` is set when it was given up, `generation` and `state` once it began."""

    reason: str
    claimed_by: str | None
    failure: str | None
    generation: int | None
    state: str | None
    done: int
    target: int | None


@dataclass(frozen=True, slots=True)
class ConsumerOverview:
    """A read model or a reactor: records read = `applied` + `parked`; everything accepted before `as_of` is in it."""

    consumer: Generation | RegisteredReactor
    positions: dict[TopicPartition, int]
    applied: int
    parked: int
    as_of: datetime
    rebuild: RebuildProgress | None


async def overview(db: Database, projector_of: ProjectorOf) -> list[ConsumerOverview]:
    """Return every read model that serves, then every reactor.

    `db` is connected as the owner.
    """
    models, reactors = await _rows(db)
    found = [await _overview(projector_of, generation_of(row), _progress(row)) for row in models]
    return found + [await _overview(projector_of, reactor_of(row), None) for row in reactors]


async def registered_consumers(db: Database) -> list[Generation | RegisteredReactor]:
    """Return every serving generation and every reactor; `db` as for `overview`."""
    models, reactors = await _rows(db)
    return [*map(generation_of, models), *map(reactor_of, reactors)]


async def _rows(db: Database) -> tuple[list[Row], list[Row]]:
    async with db.transaction(readonly=True) as conn:
        return await conn.fetch(REGISTRY.overview), await conn.fetch(REACTORS.all)


async def _overview(
    projector_of: ProjectorOf, consumer: Generation | RegisteredReactor, rebuild: RebuildProgress | None
) -> ConsumerOverview:
    async with entered(await projector_of(consumer.service), consumer, idle_s=_IDLE_S) as inside:
        found = await inside.conn.fetch(inside.sql(POSITIONS.all))
    return ConsumerOverview(
        consumer=consumer,
        positions={TopicPartition(at["topic"], at["partition"]): at["next_offset"] for at in found},
        applied=sum(at["applied"] for at in found),
        parked=sum(at["parked"] for at in found),
        as_of=min((at["as_of"] for at in found), default=EPOCH),
        rebuild=rebuild,
    )


def _progress(row: Row) -> RebuildProgress | None:
    if row["rebuild_reason"] is None:
        return None
    return RebuildProgress(
        reason=row["rebuild_reason"],
        claimed_by=row["claimed_by"],
        failure=row["failure"],
        generation=row["next_generation"],
        state=row["next_state"],
        done=row["next_done"] or 0,
        target=row["next_target"],
    )
