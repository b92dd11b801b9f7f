"""Composes the gateway: number store, log, replicas, runtime, and the door in front of the app."""

from __future__ import annotations

from typing import TypedDict

from fastapi import FastAPI

from libs.auth.http import Access
from libs.contracts.topics import CREDENTIALS, EVENTS, INTERACTIONS, REFERENCE
from libs.eventlog.port import EventLog, StoredRecord
from libs.eventlog.transactional import TransactionalLog
from libs.service.app import create_service_app
from libs.service.parts import Parts
from services.gateway.door import Door, DoorState, Open
from services.gateway.events.api import router as events_router
from services.gateway.events.receipts import PgEventReceipts
from services.gateway.events.recorder import EventRecorder
from services.gateway.interactions.api import router
from services.gateway.interactions.recorder import Recorder
from services.gateway.interactions.validation import InteractionValidator
from services.gateway.numbering.runtime import Runtime
from services.gateway.numbering.store import PgNumberStore
from services.gateway.otlp.appending import LogAppend
from services.gateway.otlp.routes import OtlpRecorder
from services.gateway.otlp.routes import router as otlp_router
from services.gateway.replicas.catalog import CatalogIndex
from services.gateway.replicas.event_schemas import EventSchemas
from services.gateway.settings import GatewaySettings
from services.gateway.setup import SERVICE

TOPICS = (INTERACTIONS, EVENTS, REFERENCE, CREDENTIALS)


class State(TypedDict):
    """What the lifespan gives to requests that come past the door."""

    access: Access
    otlp: OtlpRecorder


def create_app(settings: GatewaySettings, *, log: EventLog | None = None) -> FastAPI:
    """The gateway; `log`, when given, is started already and not stopped here."""
    door = DoorState()
    app = create_service_app(
        SERVICE,
        settings,
        lambda parts: _start(parts, settings, door),
        routers=[router, events_router, otlp_router],
        description="Records interactions, numbered without gaps, and events, OpenTelemetry's spans and log records "
        "among them; acknowledged once the log has them.",
        log=log,
    )
    app.put_in_front(lambda inner: Door(inner, door))
    return app


async def _start(parts: Parts, settings: GatewaySettings, door: DoorState) -> State:
    log = await parts.log(TOPICS)
    log_id = await log.identity()
    access = parts.access(await parts.credentials(log))
    catalog = CatalogIndex()
    schemas = EventSchemas()

    def apply(record: StoredRecord) -> None:
        catalog.apply(record)
        schemas.apply(record)

    reference = await parts.replica(log, REFERENCE, apply)
    inside = log if isinstance(log, TransactionalLog) else None
    store = PgNumberStore(settings.required_database_url, log=inside, timeout_s=settings.gateway_store_timeout_s)
    parts.closing(store.close)
    runtime = await parts.start(
        "door",
        Runtime(
            store,
            log,
            appends_inside=inside is not None,
            limits=settings.limits,
            lease_ttl_s=settings.gateway_lease_ttl_s,
        ),
    )
    await parts.observe()
    receipts = await parts.start(
        "event receipts",
        PgEventReceipts(settings.required_database_url, timeout_s=settings.gateway_store_timeout_s),
    )
    events = EventRecorder(
        log,
        log_id,
        receipts,
        waiting_events=settings.gateway_waiting_records,
        validate=schemas.validate,
        find_type=catalog.find_type,
        catch_up=reference.catch_up,
    )
    recorder = Recorder(InteractionValidator(catalog), runtime.group_commit, reference.catch_up, log_id)
    door.open = Open(access, recorder, events)
    parts.closing(door.close)
    return State(access=access, otlp=OtlpRecorder(LogAppend(log), log_id, schemas.validate))
