"""A gateway without its door: number store, replicas, runtime, and the recorders that work with them."""

from __future__ import annotations

from dataclasses import dataclass

from libs.contracts.paths import GATEWAY
from libs.contracts.topics import REFERENCE
from libs.event_schemas.apart import ChecksApart
from libs.eventlog.port import EventLog, StoredRecord
from libs.eventlog.transactional import TransactionalLog
from libs.service.parts import Parts
from services.gateway.events.receipts import PgEventReceipts
from services.gateway.events.recorder import EventRecorder
from services.gateway.interactions.recorder import Recorder
from services.gateway.interactions.validation import InteractionValidator
from services.gateway.numbering.runtime import LogKnowledge, Runtime
from services.gateway.numbering.store import PgNumberStore
from services.gateway.recording.judging import catching_up
from services.gateway.recording.positions import WritePositions
from services.gateway.replicas.catalog import CatalogIndex
from services.gateway.replicas.event_schemas import EventSchemas
from services.gateway.replicas.frontiers import Frontiers
from services.gateway.settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class Recorders:
    """The recorders of interactions and events, and the schemas that events are held to."""

    interactions: Recorder
    events: EventRecorder
    schemas: EventSchemas


async def open_recorders(parts: Parts, settings: GatewaySettings, log: EventLog) -> Recorders:
    """Start what recording needs. Raises LogUnavailable."""
    positions = WritePositions(await log.identity())
    catalog = CatalogIndex()
    schemas = EventSchemas(await parts.start("schema checks", ChecksApart()))
    frontiers = Frontiers()

    def apply(record: StoredRecord) -> None:
        catalog.apply(record)
        schemas.apply(record)
        frontiers.apply(record)

    reference = await parts.replica(log, REFERENCE, apply)
    catch_up = catching_up(reference.catch_up)
    known = LogKnowledge(frontiers, reference.catch_up, settings.gateway_log_settle_s)
    runtime = await _start_numbering(parts, settings, log, known)
    receipts = await parts.start(
        "event receipts",
        PgEventReceipts(settings.url_as(GATEWAY), timeout_s=settings.gateway_store_timeout_s),
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
    interactions = Recorder(InteractionValidator(catalog), runtime.group_commit, catch_up, positions)
    return Recorders(interactions, events, schemas)


async def _start_numbering(parts: Parts, settings: GatewaySettings, log: EventLog, known: LogKnowledge) -> Runtime:
    inside = log if isinstance(log, TransactionalLog) else None
    store = PgNumberStore(settings.url_as(GATEWAY), log=inside, timeout_s=settings.gateway_store_timeout_s)
    parts.closing(store.close)
    return await parts.start(
        "door",
        Runtime(
            store,
            log,
            appends_inside=inside is not None,
            limits=settings.limits,
            lease_ttl_s=settings.gateway_lease_ttl_s,
            known=known,
        ),
    )
