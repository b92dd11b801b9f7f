"""Changes of critical interactions, each by its rule and within the caller's change.

Every change that is one makes a version, and is followed at once by whoever judges records: the answer to a request
that changes a definition comes after its version is there for the gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from libs.contracts.times import format_ms, to_ms
from libs.httpkit.errors import Unprocessable, Violation, require_found
from libs.httpkit.preconditions import IfMatch
from libs.objects.changes import Change
from libs.objects.limits import require_room
from libs.objects.names import unique
from services.monitoring.alerts import rules as alerts
from services.monitoring.definitions.closings import Closings
from services.monitoring.definitions.consistency import Parts, inconsistencies
from services.monitoring.definitions.errors import (
    InteractionExists,
    TooManyDefinitions,
    TooManyRunning,
    TooManyVersions,
)
from services.monitoring.definitions.kinds import CRITICAL_INTERACTIONS, keep_version
from services.monitoring.definitions.model import (
    MAX_DEFINITIONS,
    MAX_RUNNING,
    MAX_SUPERSEDED,
    RUNNING,
    CriticalInteraction,
    Definition,
)
from services.monitoring.definitions.reads import NOUN
from services.monitoring.definitions.store import InteractionStore
from services.monitoring.slos import rules as slos


async def create(change: Change, definition: Definition, by: str) -> CriticalInteraction:
    """Create a critical interaction, which runs from now on.

    Raises InteractionExists, TooManyDefinitions, TooManyRunning.
    """
    store = InteractionStore(change.conn, change.tenant_id)
    full = TooManyDefinitions(limit=MAX_DEFINITIONS)
    await require_room(change, CRITICAL_INTERACTIONS, store.count_definitions, MAX_DEFINITIONS, full)
    await _require_room(change, store)
    now = change.now()
    one = CriticalInteraction(
        tenant_id=change.tenant_id,
        id=await store.next_id(),
        version=1,
        definition=definition,
        created_at=now,
        created_by=by,
        updated_at=now,
        updated_by=by,
    )
    async with unique(change.conn, "critical_interaction_names", InteractionExists(name=definition.name)):
        await store.insert(one)
    at = await keep_version(change.conn, one)
    one = replace(one, created_at=at, updated_at=at)
    await store.update(one)
    await change.publish(CRITICAL_INTERACTIONS, one, "created")
    return one


async def update(
    change: Change, name: str, changes: Mapping[str, Any], *, match: IfMatch, by: str, closings: Closings
) -> CriticalInteraction:
    """Change fields of the definition; those that change nothing make no version.

    Raises NotFound, PreconditionFailed, Unprocessable, TooManyRunning, TooManyVersions.
    """
    store = InteractionStore(change.conn, change.tenant_id)
    before = await _held(store, name, match)
    definition = _changed(before.definition, changes)
    if definition == before.definition:
        return before
    was_running, is_running = before.definition.status == RUNNING, definition.status == RUNNING
    if is_running and not was_running:
        await _require_room(change, store)
    if is_running and was_running:
        await _require_few_versions(change, store, before.id, closings.watermark_ms)
    after = await _write(change, store, replace(before, definition=definition, updated_by=by))
    if was_running and not is_running:
        await closings.publish(change, after)
    happened = "updated" if was_running == is_running else "started" if is_running else "stopped"
    await change.publish(CRITICAL_INTERACTIONS, after, happened)
    return after


async def delete(change: Change, name: str, *, match: IfMatch, by: str, closings: Closings) -> CriticalInteraction:
    """Delete the critical interaction, its objectives and alert rules: its name is free, its id stays taken.

    Raises NotFound, PreconditionFailed.
    """
    store = InteractionStore(change.conn, change.tenant_id)
    before = await _held(store, name, match)
    await slos.delete_of_interaction(change, before.id)
    await alerts.delete_of_interaction(change, before.id)
    after = await _write(change, store, replace(before, updated_by=by, deleted_at=change.now()))
    if before.definition.status == RUNNING:
        await closings.publish(change, after)
    await change.publish(CRITICAL_INTERACTIONS, after, "deleted")
    return after


async def _require_room(change: Change, store: InteractionStore) -> None:
    full = TooManyRunning(limit=MAX_RUNNING)
    await require_room(change, CRITICAL_INTERACTIONS, store.count_running, MAX_RUNNING, full)


async def _require_few_versions(
    change: Change, store: InteractionStore, interaction_id: int, watermark_ms: int
) -> None:
    """Raise TooManyVersions while as many versions as may already judge beside the one in force."""
    untils = await store.judged_until(interaction_id, watermark_ms=watermark_ms, after_ms=to_ms(change.now()))
    if len(untils) >= MAX_SUPERSEDED:
        raise TooManyVersions(limit=MAX_SUPERSEDED, next_at=format_ms(untils[-MAX_SUPERSEDED]))


async def _held(store: InteractionStore, name: str, match: IfMatch) -> CriticalInteraction:
    held = require_found(await store.lock(name), NOUN, name)
    match.require(held.version)
    return held


async def _write(change: Change, store: InteractionStore, wanted: CriticalInteraction) -> CriticalInteraction:
    """Write the object as its next version, dated by the moment from which on that is so."""
    after = replace(wanted, version=wanted.version + 1)
    at = await keep_version(change.conn, after)
    after = replace(after, updated_at=at, deleted_at=None if after.deleted_at is None else at)
    await store.update(after)
    return after


def _changed(before: Definition, changes: Mapping[str, Any]) -> Definition:
    """Return the definition with the changes; raises Unprocessable for another name and for parts that do not fit."""
    if changes.get("name", before.name) != before.name:
        raise Unprocessable(Violation(("body", "name"), f"the name {before.name!r} cannot be changed"))
    after: Definition = msgspec.structs.replace(before, **changes)
    violations = inconsistencies(Parts.of(after), ("body",))
    if violations:
        raise Unprocessable(*violations)
    return after
