"""Composes the gateway: number store, log, replicas, runtime, and the recorders behind the door."""

from __future__ import annotations

from functools import partial
from typing import TypedDict

from libs.auth.http import Access
from libs.contracts.paths import GATEWAY
from libs.contracts.topics import REFERENCE
from libs.event_schemas.apart import ChecksApart
from libs.eventlog.port import StoredRecord
from libs.eventlog.transactional import TransactionalLog
from libs.lazy import lazy_imports
from libs.service.door import DoorState, OpenDoor, Respond
from libs.service.parts import Parts
from services.gateway.events.receipts import PgEventReceipts
from services.gateway.events.recorder import EventRecorder
from services.gateway.events.routes import EVENTS_PATH, answer_events
from services.gateway.interactions.recorder import Recorder
from services.gateway.interactions.routes import BATCH_PATH, SINGLE_PATH, answer_batch, answer_single
from services.gateway.interactions.validation import InteractionValidator
from services.gateway.numbering.runtime import LogKnowledge, Runtime
from services.gateway.numbering.store import PgNumberStore
from services.gateway.otlp.appending import LogAppend
from services.gateway.otlp.recorder import OtlpRecorder
from services.gateway.recording.judging import catching_up
from services.gateway.recording.positions import WritePositions
from services.gateway.replicas.catalog import CatalogIndex
from services.gateway.replicas.event_schemas import EventSchemas
from services.gateway.replicas.frontiers import Frontiers
from services.gateway.settings import GatewaySettings

with lazy_imports():  # grpcio may be absent
    from services.gateway.otlp import grpc_receiver


class State(TypedDict):
    """The state of requests: of those at the door, and of those that pass it."""

    door: DoorState
    access: Access
    otlp: OtlpRecorder


async def start(parts: Parts, settings: GatewaySettings) -> State:
    """Bring up numbering, replicas and recorders."""
    log = await parts.log()
    positions = WritePositions(await log.identity())
    access = parts.access(await parts.credentials(log))
    catalog = CatalogIndex()
    schemas = EventSchemas(await parts.start("schema checks", ChecksApart()))
    frontiers = Frontiers()

    def apply(record: StoredRecord) -> None:
        catalog.apply(record)
        schemas.apply(record)
        frontiers.apply(record)

    reference = await parts.replica(log, REFERENCE, apply)
    catch_up = catching_up(reference.catch_up)
    url = settings.url_as(GATEWAY)
    inside = log if isinstance(log, TransactionalLog) else None
    store = PgNumberStore(url, log=inside, timeout_s=settings.gateway_store_timeout_s)
    parts.closing(store.close)
    runtime = await parts.start(
        "door",
        Runtime(
            store,
            log,
            appends_inside=inside is not None,
            limits=settings.limits,
            lease_ttl_s=settings.gateway_lease_ttl_s,
            known=LogKnowledge(frontiers, reference.catch_up, settings.gateway_log_settle_s),
        ),
    )
    await parts.observe()
    receipts = await parts.start(
        "event receipts",
        PgEventReceipts(url, timeout_s=settings.gateway_store_timeout_s),
    )
    events = EventRecorder(
        log,
        positions,
        receipts,
        waiting_events=settings.gateway_waiting_records,
        find_schema=schemas.find,
        find_type=catalog.find_type,
        catch_up=catch_up,
    )
    recorder = Recorder(InteractionValidator(catalog), runtime.group_commit, catch_up, positions)
    respond: dict[str, Respond] = {
        SINGLE_PATH: partial(answer_single, recorder),
        BATCH_PATH: partial(answer_batch, recorder),
        EVENTS_PATH: partial(answer_events, events),
    }
    door = DoorState(OpenDoor(access, respond))
    parts.closing(door.close)
    otlp = OtlpRecorder(LogAppend(log), positions, schemas.find)
    if settings.otlp_grpc_port:
        address = f"{settings.host}:{settings.otlp_grpc_port}"
        await parts.start("OTLP/gRPC", grpc_receiver.GrpcReceiver(address, access, otlp))
    return State(door=door, access=access, otlp=otlp)
