"""Records of both topics on their way through the gate: their names first, everything else of those that matter.

Most records are of no concern to any definition, so that reading them has to be cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from libs.contracts.envelope import Envelope, decode_headers, decode_type_and_tenant
from libs.contracts.errors import InvalidRecord
from libs.contracts.events import as_payload, is_confidential
from libs.contracts.interactions import Interaction, decode_interaction_name, decode_interaction_record
from libs.contracts.monitoring_steps import MAX_AHEAD_MS, Hit, Source, Step
from libs.contracts.times import to_ms
from libs.contracts.topics import EVENTS
from libs.eventlog.port import StoredRecord
from libs.records.checks import time_of
from libs.records.events import sender_of
from services.monitoring.gate.properties import Properties

_USER = "user"


class NamedRecord(NamedTuple):
    """A record, its tenant, and its names: an event's type, or an interaction's resource type and action."""

    tenant_id: str
    type: str
    action: str | None
    record: StoredRecord


class SourceRecord(NamedTuple):
    """The parts of a record that definitions and their matches look at. Times are milliseconds since the epoch."""

    id: str
    source: Source
    number: int
    name: str
    event_at: int
    uow_id: str | None
    properties: Properties
    record: StoredRecord

    def step(self, hits: tuple[Hit, ...], watermark_ms: int) -> Step:
        """Return the record as a step of the matches that it has `hits` on."""
        return Step(
            id=self.id,
            source=self.source,
            topic=self.record.topic,
            partition=self.record.partition,
            offset=self.record.offset,
            number=self.number,
            name=self.name,
            event_at=self.event_at,
            accepted_at=self.record.timestamp_ms,
            watermark_ms=watermark_ms,
            uow_id=self.uow_id,
            hits=hits,
        )


def decode_named(record: StoredRecord) -> NamedRecord | None:
    """Return the record with its names, None for a void; InvalidRecord names what is wrong with them."""
    if record.topic == EVENTS.name:
        event_type, tenant_id = decode_type_and_tenant(record.headers)
        return NamedRecord(tenant_id, event_type, None, record)
    names = decode_interaction_name(record.value, record.headers)
    return None if names is None else NamedRecord(*names, record)


def decode_source(named: NamedRecord) -> SourceRecord:
    """Return everything that is looked at in a record; InvalidRecord names what is wrong with it."""
    record = named.record
    if named.action is None:
        return _event(record, decode_headers(record.headers))
    envelope, body = decode_interaction_record(record.value, record.headers)
    assert isinstance(body, Interaction)  # voids have no names
    return _interaction(record, envelope, body)


def _interaction(record: StoredRecord, envelope: Envelope, body: Interaction) -> SourceRecord:
    attributes = {
        **_attributes(envelope),
        "resourceType": body.resource_type,
        "resourceId": body.resource_id,
        "action": body.action,
        "origin": body.origin,
        "userId": body.user_id,
        "uowId": body.uow_id,
        "correlationId": body.uow_id,
        "externalReference": body.external_reference,
    }
    return SourceRecord(
        body.interaction_id,
        "interaction",
        body.interaction_number,
        f"{body.resource_type}.{body.action}",
        _event_at(body.event_time, record),
        body.uow_id,
        Properties(bytes(body.interaction), attributes),
        record,
    )


def _event(record: StoredRecord, envelope: Envelope) -> SourceRecord:
    if record.value is None:
        raise InvalidRecord("the record has no value")
    attributes = {
        **_attributes(envelope),
        "eventType": envelope.type,
        "userId": envelope.actor_id if envelope.actor_type == _USER else None,
    }
    # What is for admins alone shows in no key, dimension or filter: all who define read results.
    hidden = is_confidential(envelope.tenant_id, envelope.source)
    data = b"{}" if hidden else as_payload(record.value, envelope.content_type, sender_of(envelope.cloud_event))
    return SourceRecord(
        envelope.id,
        "event",
        0,
        envelope.type,
        _event_at(envelope.time, record),
        envelope.correlation_id,
        Properties(data, attributes),
        record,
    )


def _attributes(envelope: Envelope) -> Mapping[str, str | None]:
    return {
        "resourceType": envelope.resource_type,
        "resourceId": envelope.subject,
        "uowId": envelope.correlation_id,
        "correlationId": envelope.correlation_id,
        "causationId": envelope.causation_id,
        "actorId": envelope.actor_id,
        "actorType": envelope.actor_type,
    }


def _event_at(text: str, record: StoredRecord) -> int:
    event_ms = to_ms(time_of("the event time", text))
    return event_ms if event_ms <= record.timestamp_ms + MAX_AHEAD_MS else record.timestamp_ms
