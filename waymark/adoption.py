"""A database that is younger than its log, as after a restore of an older backup, or the other way round."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from libs.eventlog.port import EventLog, Positions
from libs.objects import adoption
from libs.objects.kinds import ObjectKind
from libs.pg.database import Database
from libs.projections.generations import Generation
from libs.projections.operators.discarding import forget_beyond
from libs.projections.operators.entering import ProjectorOf, positions_of
from libs.projections.operators.overview import registered_consumers
from libs.projections.reactor import Reactor
from libs.projections.reactor_registry import RegisteredReactor, restart
from libs.projections.rebuild.requests import RebuildUnderWay, request_rebuild
from services.gateway import operator as numbers
from waymark.operator import connected, projectors
from waymark.services import SERVICES, consumers
from waymark.settings import MachineSettings

_REASON = "the log ends before what was read of it"


@dataclass(slots=True)
class Adopted:
    """An adoption's result: objects by kind, and what starts again because the log ends before what it had read."""

    objects: dict[str, int] = field(default_factory=dict)
    started_again: list[str] = field(default_factory=list)


async def refuse_outdated_database(settings: MachineSettings, log: EventLog) -> None:
    """Raise OutdatedDatabase when the log has objects that the database lacks, or has in older versions only."""
    async for db, kinds in _objects(settings):
        await adoption.refuse_outdated(log, db, kinds)


async def adopt(settings: MachineSettings, log: EventLog) -> Adopted:
    """Make database and log agree again: objects as the log has them, nothing read beyond the log's end.

    The schemas have to be there. Raises AdoptionRefused, LogUnavailable, DatabaseUnavailable.
    """
    adopted = Adopted()
    if await numbers.accept_end(settings.required_database_url, log):
        adopted.started_again.append("numbers")
    async for db, kinds in _objects(settings):
        adopted.objects |= await adoption.adopt(log, db, kinds)
    async with connected(settings) as db, projectors(settings) as projector_of:
        ends = await log.end_offsets(settings.manifest)
        for consumer in await registered_consumers(db):
            await forget_beyond(await projector_of(consumer.service), consumer, await log.identity(), ends)
            if await _is_beyond(projector_of, consumer, ends):
                await _start_again(db, projector_of, log, consumer)
                adopted.started_again.append(f"{consumer.service}.{consumer.name}")
    return adopted


async def _objects(settings: MachineSettings) -> AsyncIterator[tuple[Database, Sequence[ObjectKind[Any]]]]:
    """Yield each service's kinds of objects with a database as its projector."""
    for service in SERVICES:
        if service.has_objects:
            async with connected(settings, projector_of=service.name) as db:
                yield db, service.objects(service.settings())


async def _is_beyond(projector_of: ProjectorOf, consumer: Generation | RegisteredReactor, ends: Positions) -> bool:
    reached = await positions_of(projector_of, consumer)
    return any(offset > ends.get(place, 0) for place, offset in reached.items())


async def _start_again(
    db: Database, projector_of: ProjectorOf, log: EventLog, consumer: Generation | RegisteredReactor
) -> None:
    if isinstance(consumer, Generation):
        with suppress(RebuildUnderWay):
            await request_rebuild(db, consumer.service, consumer.name, reason=_REASON, from_retained=True)
        return
    await restart(await projector_of(consumer.service), log, _reactor(consumer))


def _reactor(registered: RegisteredReactor) -> Reactor[Any]:
    names = (registered.service, registered.name)
    return next(one for one in consumers() if isinstance(one, Reactor) and (one.service, one.name) == names)
