"""Composes the catalog: pools, log, credentials, relay; the lifespan owns all of them."""

from __future__ import annotations

from typing import TypedDict

from libs.auth.http import Access
from libs.objects.changes import Changes
from libs.objects.writes import Writes
from libs.service.parts import Parts
from libs.service.readiness import once_ready
from services.catalog.event_types.reads import SchemaReads
from services.catalog.kinds import OBJECT_KINDS
from services.catalog.readiness import starter_sets_published
from services.catalog.reads import ItemReads
from services.catalog.rules import complete_starter_sets
from services.catalog.settings import CatalogSettings


class State(TypedDict):
    """The state that requests find in their scope."""

    writes: Writes
    items: ItemReads
    schemas: SchemaReads
    event_types_limit: int
    access: Access
    log_id: str


async def start(parts: Parts, settings: CatalogSettings) -> State:
    """Bring up what the routes need, and the relay."""
    log = await parts.log()
    credentials = await parts.credentials(log)
    objects = await parts.objects(log, OBJECT_KINDS)
    await complete_starter_sets(objects.projector, Changes())
    await parts.observe()
    sets_published = starter_sets_published(objects.projector, credentials.index, objects.relay)
    parts.checks["starter_sets"] = once_ready(sets_published)
    return State(
        writes=objects.writes,
        items=ItemReads(objects.requests),
        schemas=SchemaReads(objects.requests),
        event_types_limit=settings.catalog_event_types_max,
        access=parts.access(credentials),
        log_id=await log.identity(),
    )
