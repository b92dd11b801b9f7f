"""Streams of steps, ticks and closings for tests, and what they come to when they are walked in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from libs.contracts.monitoring_steps import DELETED, STOPPED, Closing, ClosingCause, Hit, Step, Tick
from services.monitoring.matches.matcher import DefinitionMatches, Rules
from services.monitoring.matches.walk import Arrived, DefinitionKey, PartitionWalk

TENANT = "acme"
WATERMARK_MS = 5_000


def step(
    offset: int,
    key: str,
    *hits: Hit,
    event_at: int,
    accepted_at: int,
    record_id: str | None = None,
    tenant_id: str = TENANT,
    partition: int = 0,
) -> Arrived:
    """Return a step of a record; by default the record is one of its own."""
    body = Step(
        id=f"record-{offset}" if record_id is None else record_id,
        source="event",
        topic="waymark.events.v1",
        partition=0,
        offset=offset,
        number=0,
        name="order.placed",
        event_at=event_at,
        accepted_at=accepted_at,
        watermark_ms=WATERMARK_MS,
        uow_id=f"uow-{key}",
        hits=hits,
    )
    return Arrived(partition, offset, tenant_id, key, body)


def hit(definition_id: int, steps: int, *, version: int = 1, current: bool = True, globals_: int = 0) -> Hit:
    """Return what a record is to a version."""
    return Hit(
        definition_id=definition_id,
        version=version,
        current=current,
        steps=steps,
        globals=globals_,
        dimensions=("WEBAPP",),
    )


def tick(offset: int, as_of: int, *, partition: int = 0) -> Arrived:
    """Return a tick."""
    return Arrived(partition, offset, "waymark", "tick-0", Tick(as_of=as_of))


def closing(
    offset: int, definition_id: int, at: int, *, version: int = 9, deleted: bool = False, partition: int = 0
) -> Arrived:
    """Return the end of a definition by a version, by default a later one than all that tests have."""
    cause: ClosingCause = DELETED if deleted else STOPPED
    body = Closing(definition_id=definition_id, version=version, at=at, cause=cause, watermark_ms=WATERMARK_MS)
    return Arrived(partition, offset, TENANT, "closing-0", body)


def walked_at_once(
    events: Sequence[Arrived], rules: Mapping[DefinitionKey, Mapping[int, Rules]], *, room: int
) -> PartitionWalk:
    """Walk the events of one partition without a database; a record that comes again has no effect."""
    definitions = {key: DefinitionMatches(versions, room) for key, versions in rules.items()}
    walk = PartitionWalk(0, 0, definitions, {}, [])
    seen: set[tuple[str, str]] = set()
    for arrived in events:
        if isinstance(arrived.body, Step):
            ledger_key = (arrived.match_key, arrived.body.id)
            if ledger_key in seen:
                continue
            seen.add(ledger_key)
        walk.take(arrived)
    return walk
