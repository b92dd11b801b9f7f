"""Opens what runs workflows for callers: the tail of the log, the versions, the door."""

from __future__ import annotations

from dataclasses import dataclass

from libs.auth.http import Access
from libs.contracts.paths import WORKFLOWS
from libs.eventlog.port import EventLog
from libs.objects.idempotency import IdempotencyStore
from libs.projections.generations import ReadModel
from libs.service.door import DoorState, OpenDoor
from libs.service.parts import ObjectParts, Parts
from libs.vault.vault import Vault
from services.workflows.definitions.heads import Heads
from services.workflows.definitions.types import Types
from services.workflows.definitions.versions import Versions
from services.workflows.running.admission import Admission
from services.workflows.running.door import responders
from services.workflows.running.following import Following
from services.workflows.running.runs import RunParts, Runs
from services.workflows.running.streams import SessionStreams
from services.workflows.running.waiters import Waiters
from services.workflows.sessions.counts import SessionCounts
from services.workflows.sessions.reads import SessionReads


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The parts that the routes find."""

    sessions: SessionReads
    versions: Versions
    runs: Runs
    streams: SessionStreams
    door: DoorState


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningWith:
    """The means of which the parts are made; `model` is the read model of sessions as the request role sees it."""

    log: EventLog
    log_id: str
    objects: ObjectParts
    model: ReadModel
    types: Types
    vault: Vault
    access: Access
    callers: int


async def open_running(parts: Parts, given: RunningWith) -> Running:
    """Open the parts; they are closed with the service."""
    waiters = await parts.start("waiters", Waiters(given.log, limit=given.callers))
    sessions, versions = SessionReads(given.model), Versions(given.objects.projector, given.types)
    following = Following(sessions, waiters)
    runs = Runs(
        RunParts(
            log=given.log,
            log_id=given.log_id,
            db=given.objects.requests,
            heads=Heads(given.objects.projector),
            versions=versions,
            reads=sessions,
            waiters=waiters,
            following=following,
            admission=Admission(given.objects.requests, SessionCounts(given.model)),
            vault=given.vault,
            receipts=IdempotencyStore(WORKFLOWS),
        )
    )
    door = DoorState(OpenDoor(given.access, responders(runs)))
    parts.closing(door.close)
    streams = SessionStreams(given.log_id, following, versions)
    return Running(sessions=sessions, versions=versions, runs=runs, streams=streams, door=door)
