"""Composes the catalog: pools, log, credentials, relay, routes; the lifespan owns all of them."""

from __future__ import annotations

from typing import TypedDict

from fastapi import FastAPI

from libs.auth.http import Access
from libs.contracts.topics import CREDENTIALS, EVENTS, REFERENCE
from libs.eventlog.port import EventLog
from libs.objects.idempotency import IdempotencyStore
from libs.pg.roles import projector_role, request_role
from libs.service.app import create_service_app
from libs.service.parts import Parts
from services.catalog.api import catalog_routers
from services.catalog.catalog import Catalog
from services.catalog.changes import Changes
from services.catalog.event_types.api import router as event_types_router
from services.catalog.event_types.registry import EventTypes
from services.catalog.readiness import StarterSetsReady
from services.catalog.records import SERVICE
from services.catalog.republish import republish
from services.catalog.settings import CatalogSettings

TOPICS = (EVENTS, REFERENCE, CREDENTIALS)


class State(TypedDict):
    """What the lifespan gives to requests."""

    catalog: Catalog
    event_types: EventTypes
    access: Access
    log_id: str


def create_app(settings: CatalogSettings, *, log: EventLog | None = None) -> FastAPI:
    """The catalog's API with its relay; `log`, when given, is started already and not stopped here."""
    return create_service_app(
        SERVICE,
        settings,
        lambda parts: _start(parts, settings),
        routers=[*catalog_routers(), event_types_router],
        description="Resource types, actions and origins: their mnemonics, icons and colours. Schemas of event types.",
        log=log,
    )


async def _start(parts: Parts, settings: CatalogSettings) -> State:
    log = await parts.log(TOPICS)
    requests = await parts.database(request_role(SERVICE))
    projector = await parts.database(projector_role(SERVICE))
    credentials = await parts.credentials(log)

    async def publish_what_is_missing() -> None:
        await republish(log, projector)

    relay = await parts.relay(log, projector, on_active=publish_what_is_missing)
    await parts.observe()
    parts.checks["starter_sets"] = StarterSetsReady(projector, credentials.index, relay)
    return State(
        catalog=Catalog(requests, relay, changes=Changes(), receipts=IdempotencyStore(SERVICE)),
        event_types=EventTypes(requests, relay, most=settings.catalog_event_types_max),
        access=parts.access(credentials),
        log_id=await log.identity(),
    )
