"""A projection's figures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from libs.eventlog.partitioner import partition_of
from libs.pg.database import Connection
from libs.pg.errors import DatabaseUnavailable
from libs.projections.operators.dead_letters import Place
from libs.projections.operators.discarding import discard
from libs.projections.rebuild.requests import request_rebuild
from libs.service.projection_metrics import export_figures
from tests.support.projections import (
    DEAD_LETTERS,
    FAST,
    NAME,
    SERVICE,
    TOPIC,
    Sums,
    Toy,
    opened_world,
    raw,
    running,
    toy,
)
from tests.support.waiting import eventually
from tests.support.withholding import WithholdingLog

APPLIED, PARKED, DISCARDED, WAITING, RETRIES = 5, 3, 1, 4, 2
ACCEPTED_S = 1_700_000_000
HERE = partition_of("acme:here", TOPIC.partitions)


class _Interrupted(Sums):
    """Loses its database at first."""

    left = RETRIES

    async def apply(self, conn: Connection, events: Sequence[Toy]) -> None:
        if self.left:
            self.left -= 1
            raise DatabaseUnavailable("away")
        await super().apply(conn, events)


@asynccontextmanager
async def a_projection_four_records_behind(url: str) -> AsyncIterator[None]:
    """One batch of eight, tried three times; three of it are parked, of which one is discarded; four records wait, and
    all of them for a rebuild that has begun."""
    log = WithholdingLog()
    await log.ensure_topics((TOPIC, DEAD_LETTERS))
    log.left = APPLIED + PARKED
    async with opened_world(url, log) as world:
        await world.append([toy(number, key="here") for number in range(APPLIED)])
        await world.append([raw(number, b"{", key="acme:here") for number in range(PARKED)])
        await world.append([toy(number, key="here") for number in range(100, 100 + WAITING)])
        async with running(world.runner(_Interrupted(), settings=replace(FAST, stall_timeout_s=60.0))) as runner:
            await eventually(lambda: runner.figures.parked_now == PARKED)
            place = Place(TOPIC.name, HERE, APPLIED)
            await discard(world.projector, Sums(), log, reason="a typing error", only=place)
            await eventually(lambda: runner.figures.parked_now == PARKED - DISCARDED)
            await eventually(lambda: runner.figures.lag_records == WAITING)
            await request_rebuild(world.projector, SERVICE, NAME, reason="to be figured")
            await eventually(lambda: runner.figures.rebuild_left)
            export_figures(runner.figures)
            export_figures(runner.figures)
            yield
