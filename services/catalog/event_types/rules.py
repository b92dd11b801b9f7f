"""Changes of event types' schemas, each by its rule and within the caller's change.

A new version is judged against the latest one while the event type is held, so two writers never both follow the same.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from libs.event_schemas.expansion import Expanded, Schema, SchemaRefused, expand
from libs.event_schemas.validator import compile_schema
from libs.httpkit.errors import NotFound
from libs.objects.changes import Change
from libs.objects.limits import require_room
from libs.objects.versions import is_same_json
from services.catalog.event_types.compatibility import narrowings
from services.catalog.event_types.errors import NarrowerSchema, TooManyEventTypes, UnusableSchema
from services.catalog.event_types.kinds import SCHEMAS
from services.catalog.event_types.model import EventType, SchemaVersion
from services.catalog.event_types.store import EventTypeStore


@dataclass(frozen=True, slots=True)
class UsableSchema:
    """A schema that can be registered: as it was sent, and with its references expanded."""

    sent: Schema
    expanded: Expanded


@dataclass(frozen=True, slots=True)
class Registered:
    """The version that a schema became, and whether it is the event type's first."""

    version: SchemaVersion
    is_first: bool


async def check_usable(schema: Schema) -> UsableSchema:
    """Compile the schema beside the event loop; raises UnusableSchema."""
    return await asyncio.to_thread(_usable, schema)


async def register(change: Change, name: str, schema: UsableSchema, *, limit: int, force: bool = False) -> Registered:
    """Make the schema the event type's latest version; the same again makes none.

    Of the tenant's event types `limit` may have a schema. Raises TooManyEventTypes, and NarrowerSchema unless `force`.
    """
    store = EventTypeStore(change.conn, change.tenant_id)
    await store.add(name, at=change.now())
    event_type = await store.lock(name)
    assert event_type is not None
    latest = await store.version(name)
    is_same = latest is not None and is_same_json(latest.schema, schema.sent)
    if latest is None or event_type.archived_at is not None:
        await _require_room(change, store, event_type, limit)
    elif is_same:
        return Registered(latest, is_first=False)
    if latest is not None and is_same:
        version = await _take_up(change, store, latest)
    else:
        version = await _add_version(change, store, event_type, latest, schema, force=force)
    await change.publish(SCHEMAS, version, "registered")
    return Registered(version, is_first=latest is None)


async def archive(change: Change, name: str) -> None:
    """End the checking of events of the type; a type that is archived stays so. Raises NotFound."""
    store = EventTypeStore(change.conn, change.tenant_id)
    event_type = await store.lock(name)
    latest = await store.version(name)
    if event_type is None or latest is None:
        raise NotFound(what="schema of event type", identifier=name)
    if event_type.archived_at is None:
        changed = await store.change(name, latest_version=latest.version, archived=True, at=change.now())
        await change.publish(SCHEMAS, replace(latest, event_type=changed), "archived")


async def _require_room(change: Change, store: EventTypeStore, event_type: EventType, limit: int) -> None:
    async def count_others() -> int:
        # An event type that is not archived is counted by now.
        return await store.count(archived=False) - (event_type.archived_at is None)

    await require_room(change, SCHEMAS, count_others, limit, TooManyEventTypes(limit=limit))


async def _take_up(change: Change, store: EventTypeStore, latest: SchemaVersion) -> SchemaVersion:
    """Return the latest version of an archived event type, whose events are checked again."""
    name = latest.event_type.name
    taken_up = await store.change(name, latest_version=latest.version, archived=False, at=change.now())
    return replace(latest, event_type=taken_up)


async def _add_version(
    change: Change,
    store: EventTypeStore,
    event_type: EventType,
    latest: SchemaVersion | None,
    schema: UsableSchema,
    *,
    force: bool,
) -> SchemaVersion:
    now, name, by = change.now(), event_type.name, change.cause.actor.id
    forced = latest is not None and await asyncio.to_thread(_narrows, latest.schema, schema.expanded, force)
    number = event_type.latest_version + 1
    await store.add_version(name, number, schema.sent, forced=forced, by=by, at=now)
    changed = await store.change(name, latest_version=number, archived=False, at=now)
    return SchemaVersion(
        event_type=changed, version=number, schema=schema.sent, forced=forced, created_at=now, created_by=by
    )


def _usable(schema: Schema) -> UsableSchema:
    try:
        return UsableSchema(schema, compile_schema(schema)[1])
    except SchemaRefused as refused:
        raise UnusableSchema(refused) from None


def _narrows(old: Schema, new: Expanded, force: bool) -> bool:
    """Return whether the new schema may refuse what the old one accepts; raises NarrowerSchema unless `force`."""
    found = narrowings(expand(old, bounded=False).schema, new.schema)
    if found and not force:
        raise NarrowerSchema(found)
    return bool(found)
