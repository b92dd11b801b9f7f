"""Composes the catalog: pools, log, credentials, relay; the lifespan owns all of them."""

from __future__ import annotations

from typing import Any, TypedDict

from libs.auth.http import Access
from libs.contracts.paths import CATALOG
from libs.objects.kinds import ObjectKind
from libs.objects.writes import Writes
from libs.pg.roles import projector_role, request_role
from libs.service.parts import Parts
from libs.service.readiness import once_ready
from services.catalog.event_types.kinds import SCHEMAS
from services.catalog.event_types.reads import SchemaReads
from services.catalog.kinds import ITEMS
from services.catalog.readiness import starter_sets_published
from services.catalog.reads import ItemReads
from services.catalog.settings import CatalogSettings

OBJECT_KINDS: tuple[ObjectKind[Any], ...] = (*ITEMS.values(), SCHEMAS)


class State(TypedDict):
    """What the lifespan gives to requests."""

    writes: Writes
    items: ItemReads
    schemas: SchemaReads
    event_types_limit: int
    access: Access
    log_id: str


async def start(parts: Parts, settings: CatalogSettings) -> State:
    """Bring up what the routes need, and the relay."""
    log = await parts.log()
    requests = await parts.database(request_role(CATALOG))
    projector = await parts.database(projector_role(CATALOG))
    credentials = await parts.credentials(log)
    relay = await parts.relay(log, projector, OBJECT_KINDS)
    await parts.observe()
    parts.checks["starter_sets"] = once_ready(starter_sets_published(projector, credentials.index, relay))
    return State(
        writes=await parts.writes(requests, projector, relay),
        items=ItemReads(requests),
        schemas=SchemaReads(requests),
        event_types_limit=settings.catalog_event_types_max,
        access=parts.access(credentials),
        log_id=await log.identity(),
    )
