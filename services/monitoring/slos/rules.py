"""Changes of service level objectives, each by its rule and within the caller's change.

Locks are taken in the order critical interaction, objective, alert rules.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from libs.httpkit.errors import Unprocessable, require_found
from libs.httpkit.preconditions import IfMatch
from libs.objects.changes import Change
from libs.objects.limits import require_room
from libs.objects.names import unique
from services.monitoring.alerts import burn_rules
from services.monitoring.definitions.references import require_same_name, share_named
from services.monitoring.slos.consistency import inconsistencies
from services.monitoring.slos.errors import SloExists, TooManySlos
from services.monitoring.slos.kinds import SLOS
from services.monitoring.slos.model import MAX_SLOS, Objective, Slo
from services.monitoring.slos.reads import NOUN
from services.monitoring.slos.store import SloStore
from services.monitoring.webhooks.references import require_webhooks


async def create(change: Change, objective: Objective, interaction_name: str) -> Slo:
    """Create an objective for a critical interaction. Raises Unprocessable, SloExists, TooManySlos."""
    store = SloStore(change.conn, change.tenant_id)
    interaction = await share_named(change, interaction_name)
    await require_room(change, SLOS, store.count, MAX_SLOS, TooManySlos(limit=MAX_SLOS))
    await require_webhooks(change, objective.webhook_ids)
    now, by = change.now(), change.cause.actor.id
    slo = Slo(
        tenant_id=change.tenant_id,
        id=change.new_id(),
        version=1,
        interaction_id=interaction.id,
        interaction_name=interaction_name,
        objective=objective,
        created_at=now,
        created_by=by,
        updated_at=now,
        updated_by=by,
    )
    async with unique(change.conn, "slo_names", SloExists(name=objective.name)):
        await store.insert(slo)
    await change.publish(SLOS, slo, "created")
    await burn_rules.keep(change, slo)
    return slo


async def update(
    change: Change, slo_id: uuid.UUID, changes: Mapping[str, Any], *, interaction_name: str | None, match: IfMatch
) -> Slo:
    """Change fields of the objective; those that change nothing make no version.

    Raises NotFound, PreconditionFailed, Unprocessable, SloExists.
    """
    store = SloStore(change.conn, change.tenant_id)
    before = await _held(store, slo_id, match)
    require_same_name(before.interaction_name, interaction_name)
    objective = _changed(before.objective, changes)
    if objective == before.objective:
        return before
    await require_webhooks(change, objective.webhook_ids, known=before.objective.webhook_ids)
    after = replace(
        before,
        version=before.version + 1,
        objective=objective,
        updated_at=change.now(),
        updated_by=change.cause.actor.id,
    )
    async with unique(change.conn, "slo_names", SloExists(name=objective.name)):
        await store.update(after)
    await change.publish(SLOS, after, "updated")
    await burn_rules.keep(change, after)
    return after


async def delete(change: Change, slo_id: uuid.UUID, *, match: IfMatch) -> None:
    """Delete the objective; its name is free. Raises NotFound, PreconditionFailed."""
    store = SloStore(change.conn, change.tenant_id)
    await _delete(change, store, await _held(store, slo_id, match))


async def delete_of_interaction(change: Change, interaction_id: int) -> None:
    """Delete the objectives of a critical interaction, which the caller holds."""
    store = SloStore(change.conn, change.tenant_id)
    for slo in await store.lock_of(interaction_id):
        await _delete(change, store, slo)


async def _delete(change: Change, store: SloStore, slo: Slo) -> None:
    await burn_rules.remove(change, slo.id)
    await store.delete(slo.id)
    ended = replace(slo, version=slo.version + 1, updated_at=change.now(), updated_by=change.cause.actor.id)
    await change.publish(SLOS, ended, "deleted")


async def _held(store: SloStore, slo_id: uuid.UUID, match: IfMatch) -> Slo:
    held = require_found(await store.lock(slo_id), NOUN, slo_id)
    match.require(held.version)
    return held


def _changed(before: Objective, changes: Mapping[str, Any]) -> Objective:
    """Return the objective with the changes; raises Unprocessable for burn rules that do not fit."""
    after = replace(before, **changes).normal()
    if violations := inconsistencies(after.burn_rules or (), after.window_minutes, ("body",)):
        raise Unprocessable(*violations)
    return after
