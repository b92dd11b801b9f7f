"""The two moments of a rebuild that happen at once: tables get their indexes, and readers get the new generation.

Each is one transaction that ends everybody's ownership of the positions it rests on, so nothing is folded by the rules
of the state before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, TypeVar

from libs.eventlog.port import EventLog, Positions, TopicPartition
from libs.pg.database import Connection, Database, Row
from libs.pg.identifiers import quote_identifier
from libs.pg.time_limits import let_go_when_idle
from libs.projections.consumer import MODEL_TABLES
from libs.projections.generations import (
    Generation,
    create_generation,
    drop_or_set_aside,
    generation_of,
    serving_generation,
)
from libs.projections.positions import GenerationChanged
from libs.projections.projection import FilledBeside, Projection
from libs.projections.rebuild.level import level_with
from libs.projections.rebuild.requests import REBUILDS
from libs.projections.registry import PARKING, POSITIONS, REGISTRY, finish_tables, lock_consumer
from libs.projections.running import RunnerSettings

E = TypeVar("E")

# One finishing at a time for each model: what it sorts and groups should not go to disk.
_AMPLE = """
SET LOCAL statement_timeout = 0;
SET LOCAL work_mem = '64MB';
SET LOCAL maintenance_work_mem = '256MB';
"""


_FENCE_ALL = MODEL_TABLES.sql(POSITIONS.fence_all)


class CatchingUp(Protocol):
    """The work that goes on reading into the new generation."""

    async def to(self, goal: Positions, beginnings: Positions, *, timeout_s: float) -> bool:
        """Read until `goal`, if that can be done in time; a projection that publishes no further."""
        ...


async def finish(db: Database, projection: Projection[E], generation: Generation) -> Generation:
    """Run the finishing statements over the filled tables; the generation catches up from here on.

    Raises GenerationChanged when another process has done so.
    """
    async with db.transaction() as conn:
        await conn.execute(_AMPLE)
        await _lock_positions(conn, generation)
        row = await conn.fetchrow(REGISTRY.generation, *generation.key)
        if row is None or row["state"] != generation.state:
            raise GenerationChanged(f"{generation.schema} has been finished by another process")
        await conn.execute(_FENCE_ALL)
        await finish_tables(conn, generation.service, generation.schema, projection.finishing_ddl)
        await conn.execute(REGISTRY.set_state, *generation.key, "catching_up")
    return replace(generation, state="catching_up")


async def begin_finished(
    db: Database, projection: Projection[E], generation: Generation, beginnings: Positions
) -> Generation:
    """Replace a generation that was filled by an empty one with finished tables, which catches up from the beginning.

    Raises GenerationChanged when another process has done so.
    """
    async with db.transaction() as conn:
        await lock_consumer(conn, generation.service, generation.name)
        row = await conn.fetchrow(REGISTRY.generation, *generation.key)
        if row is None or row["state"] != generation.state:
            raise GenerationChanged(f"another process goes on from {generation.schema}")
        await drop_or_set_aside(conn, generation)
        begun = await create_generation(conn, projection, generation.log_id, beginnings, state="catching_up")
        await finish_tables(conn, begun.service, begun.schema, projection.finishing_ddl)
    return begun


async def vacuum(db: Database, generation: Generation) -> None:
    """Give the planner statistics and index-only scans their visibility map before anybody reads."""
    async with db.acquire() as conn:
        try:
            await conn.execute("SET statement_timeout = 0")
            rows = await conn.fetch(
                "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'p')",
                quote_identifier(generation.schema),
            )
            for row in rows:
                table = f"{quote_identifier(generation.schema)}.{quote_identifier(row['relname'])}"
                await conn.execute(f"VACUUM (ANALYZE) {table}")
        except BaseException:
            conn.terminate()
            raise


async def is_filled(db: Database, projection: Projection[E], generation: Generation) -> bool:
    """Return whether `generation` lacks nothing that the serving one has of what others fill. Holds nobody up."""
    if not isinstance(projection, FilledBeside):
        return True
    async with db.transaction(readonly=True) as conn:
        old = await serving_generation(conn, generation.service, generation.name)
        return old is None or await _is_filled_like(conn, projection, old, generation)


async def switch(
    db: Database,
    log: EventLog,
    projection: Projection[E],
    generation: Generation,
    catching_up: CatchingUp,
    settings: RunnerSettings,
) -> bool:
    """Let `generation` serve once it is level with the old one everywhere; False when that took too long.

    The old positions are held meanwhile, so the old generation stands still and level is reached; readers notice
    nothing, since they lock nothing. False, too, when the new one lacks what others fill and the old one has. Raises
    GenerationChanged when another process has switched.
    """
    beginnings = await log.beginning_offsets(projection.topics)
    async with db.transaction() as conn:
        await let_go_when_idle(conn, settings.switch_timeout_s + settings.idle_in_transaction_s)
        old = await _lock_serving(conn, generation)
        held = await _lock_positions(conn, old) if old else {}
        ends = await log.end_offsets(projection.topics)
        goal = level_with(old, generation, held, ends, publishes=bool(projection.publishes)) if old else {}
        if not await catching_up.to(goal, beginnings, timeout_s=settings.switch_timeout_s):
            return False
        reached = await _lock_positions(conn, generation)
        if any(reached[place] < offset for place, offset in goal.items() if place in reached):
            return False
        if old and not await _is_filled_like(conn, projection, old, generation):
            return False
        await _flip(conn, old, generation)
        return True


async def _lock_serving(conn: Connection, generation: Generation) -> Generation | None:
    serving = await conn.fetchval(REGISTRY.lock_model, generation.service, generation.name)
    row = await conn.fetchrow(REGISTRY.generation, *generation.key)
    if row is None or row["state"] != "catching_up":
        raise GenerationChanged(f"{generation.schema} is no longer catching up")
    if serving is None:
        return None
    old: Row | None = await conn.fetchrow(REGISTRY.generation, generation.service, generation.name, serving)
    assert old is not None
    return generation_of(old)


async def _is_filled_like(conn: Connection, projection: Projection[E], old: Generation, new: Generation) -> bool:
    if not isinstance(projection, FilledBeside):
        return True
    await _enter(conn, old)
    lacking_before = await projection.lacking(conn)
    await _enter(conn, new)
    return await projection.lacking(conn) <= lacking_before


async def _lock_positions(conn: Connection, generation: Generation) -> dict[TopicPartition, int]:
    await _enter(conn, generation)
    rows = await conn.fetch(MODEL_TABLES.sql(POSITIONS.lock_all))
    return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def _enter(conn: Connection, generation: Generation) -> None:
    await conn.execute("SELECT set_config('search_path', $1, true)", quote_identifier(generation.schema))


async def _flip(conn: Connection, old: Generation | None, new: Generation) -> None:
    await conn.execute(MODEL_TABLES.sql(PARKING.remove_discarded), new.service, new.name, new.log_id)
    await conn.execute(_FENCE_ALL)
    if old:
        await _keep_published(conn, old, new)
        await _enter(conn, old)
        await conn.execute(_FENCE_ALL)
        await conn.execute(REGISTRY.retire, *old.key)
    await conn.execute(REGISTRY.set_state, *new.key, "serving")
    await conn.execute(REGISTRY.serve, *new.key)
    await conn.execute(REBUILDS.done, new.service, new.name)


async def _keep_published(conn: Connection, old: Generation, new: Generation) -> None:
    """Keep the dead letters that the log holds already from being published again because of a rebuild."""
    if old.log_id == new.log_id:
        await conn.execute(MODEL_TABLES.sql(PARKING.keep_published, model=old.schema))
