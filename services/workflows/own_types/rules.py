"""Changes of own task types, each by its rule and within the caller's change.

Whoever deletes a type holds its row, which those who save a use of it share: a workflow never uses one that is gone.
"""

from __future__ import annotations

from dataclasses import replace

from libs.httpkit.errors import require_found
from libs.httpkit.preconditions import ANY_VERSION, IfMatch
from libs.objects.changes import Change
from libs.objects.limits import LimitReached, require_room
from libs.objects.versions import add_version, is_same_json
from services.workflows.definitions.checking import Checker
from services.workflows.definitions.errors import sentence_of
from services.workflows.definitions.types import Types
from services.workflows.own_types.errors import TypeBuiltIn, TypeChangeBreaks, TypeInUse, TypeTaken
from services.workflows.own_types.kinds import OWN_TYPES
from services.workflows.own_types.model import MAX_TYPES, NOUN, OwnTaskType, OwnTypeDefinition
from services.workflows.own_types.store import OwnTypeStore, state_of


async def create(change: Change, common: Types, type_id: str, definition: OwnTypeDefinition) -> OwnTaskType:
    """Create a type under a name that no other has. Raises LimitReached, TypeTaken."""
    store = OwnTypeStore(change.conn, change.tenant_id)
    await _require_room(change, store, MAX_TYPES)
    await _require_free(store, common, type_id, definition.title)
    now, by = change.now(), change.cause.actor.id
    one = OwnTaskType(
        tenant_id=change.tenant_id,
        type=type_id,
        version=await store.last_version(type_id) + 1,
        definition=definition,
        created_at=now,
        created_by=by,
        updated_at=now,
        updated_by=by,
    )
    await store.insert(one)
    await _keep(change, one, "created")
    return one


async def update(
    change: Change, checker: Checker, type_id: str, definition: OwnTypeDefinition, *, match: IfMatch = ANY_VERSION
) -> OwnTaskType:
    """Change a type; sessions that have begun go on with the version before.

    Raises NotFound, TypeBuiltIn, PreconditionFailed, TypeTaken; TypeChangeBreaks where an active workflow does not fit.
    """
    store = OwnTypeStore(change.conn, change.tenant_id)
    await _require_room(change, store, MAX_TYPES + 1)
    before = await _held(store, checker.common, type_id, match)
    if is_same_json(state_of(definition), state_of(before.definition)):
        return before
    await _require_free(store, checker.common, definition.title, but=type_id)
    after = replace(
        before,
        version=before.version + 1,
        definition=definition,
        updated_at=change.now(),
        updated_by=change.cause.actor.id,
    )
    await store.update(after)
    await _require_fitting(change, checker, type_id)
    await _keep(change, after, "updated")
    return after


async def delete(change: Change, common: Types, type_id: str, *, match: IfMatch = ANY_VERSION) -> None:
    """Delete a type that no workflow uses. Raises NotFound, TypeBuiltIn, PreconditionFailed, TypeInUse."""
    store = OwnTypeStore(change.conn, change.tenant_id)
    before = await _held(store, common, type_id, match)
    users = await store.users(type_id)
    if users:
        raise TypeInUse(name=type_id, workflows=", ".join(users[:10]))
    await store.delete(type_id)
    ended = replace(before, updated_at=change.now(), updated_by=change.cause.actor.id)
    await change.publish(OWN_TYPES, ended, "deleted")


async def found(store: OwnTypeStore, type_id: str) -> OwnTaskType:
    """Return the type of that id or title; raises NotFound."""
    return require_found(await store.find(type_id), NOUN, type_id)


async def _held(store: OwnTypeStore, common: Types, type_id: str, match: IfMatch) -> OwnTaskType:
    if common.find(type_id) is not None:
        raise TypeBuiltIn(name=type_id)
    held = require_found(await store.lock(type_id), NOUN, type_id)
    match.require(held.version)
    return held


async def _require_room(change: Change, store: OwnTypeStore, limit: int) -> None:
    """Raise LimitReached at `limit`; until the transaction ends no other type of the tenant gets a name."""
    full = LimitReached(noun=NOUN, limit=MAX_TYPES)
    await require_room(change, OWN_TYPES, store.count, limit, full)


async def _require_free(store: OwnTypeStore, common: Types, *names: str, but: str | None = None) -> None:
    """Raise TypeTaken when one of the names is the id or the title of a type other than `but`."""
    for name in names:
        if common.find(name) is not None:
            raise TypeTaken(name=name)
    for one in await store.named(names):
        if one.type != but:
            raise TypeTaken(name=one.type)


async def _require_fitting(change: Change, checker: Checker, type_id: str) -> None:
    """Raise TypeChangeBreaks unless the active workflows that use the type are as sound as before."""
    async for name, state in OwnTypeStore(change.conn, change.tenant_id).active_versions(type_id):
        checked = await checker.check(change.conn, change.tenant_id, state)
        if checked.errors:
            raise TypeChangeBreaks(workflow=name, reasons=sentence_of(checked.errors))


async def _keep(change: Change, one: OwnTaskType, happened: str) -> None:
    await add_version(change.conn, OWN_TYPES, one, one.version, state_of(one.definition))
    await change.publish(OWN_TYPES, one, happened)
