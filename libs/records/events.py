"""Records of the events topic as the rows they become: checked here, so that no row can fail in the database.

Everything but the payload is the envelope's; the payload stays the sender's own JSON text.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec
import orjson

from libs.contracts.envelope import Envelope, decode_headers
from libs.contracts.errors import InvalidRecord
from libs.contracts.events import Sender, as_payload, event_source, is_json_type
from libs.eventlog.port import StoredRecord
from libs.records.checks import check_value, time_of, uuid_of


class EventRow(NamedTuple):
    """An event. `payload` is the text of a JSON object.

    JSON of another kind and text are kept as the object's `data`, anything else as its `data_base64`. `cloud_event` is
    a CloudEvent as its sender described it, as JSON text. `source` names the writer; None stands for a producer.
    """

    tenant_id: str
    event_id: str
    occurred_at: datetime
    event_type: str
    resource_type: str
    resource_id: str
    actor_id: str | None
    actor_type: str | None
    correlation_id: str | None
    causation_id: str | None
    payload: str
    dataschema: str | None
    cloud_event: str | None
    source: str | None


def decode_event(record: StoredRecord) -> EventRow:
    """Return the row of a record, decoded once for all models; InvalidRecord names what is wrong with it."""
    return record.once(_event)


def _event(record: StoredRecord) -> EventRow:
    envelope = decode_headers(record.headers)
    _check_envelope(envelope)
    sender = sender_of(envelope.cloud_event)
    return EventRow(
        envelope.tenant_id,
        uuid_of("ce_id", envelope.id),
        time_of("ce_time", envelope.time),
        envelope.type,
        envelope.resource_type or "",
        envelope.subject or "",
        envelope.actor_id,
        envelope.actor_type,
        envelope.correlation_id,
        envelope.causation_id,
        _payload(record.value, envelope.content_type, sender),
        envelope.dataschema,
        envelope.cloud_event,
        None if envelope.source == event_source(envelope.tenant_id) else envelope.source,
    )


def _check_envelope(envelope: Envelope) -> None:
    if not envelope.resource_type or not envelope.subject:
        raise InvalidRecord("the envelope lacks ce_resourcetype or ce_subject")
    texts = (
        ("ce_tenantid", envelope.tenant_id),
        ("ce_type", envelope.type),
        ("ce_resourcetype", envelope.resource_type),
        ("ce_subject", envelope.subject),
        ("ce_actorid", envelope.actor_id),
        ("ce_actortype", envelope.actor_type),
        ("ce_correlationid", envelope.correlation_id),
        ("ce_causationid", envelope.causation_id),
        ("ce_dataschema", envelope.dataschema),
        ("ce_source", envelope.source),
    )
    for header, text in texts:
        if text is not None and "\0" in text:
            raise InvalidRecord(f"{header} holds NUL")


def _payload(value: bytes | None, content_type: str, sender: Sender | None) -> str:
    if value is None:
        raise InvalidRecord("the record has no value")
    if is_json_type(content_type):
        check_value(value)
        try:
            orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise InvalidRecord(f"value: {error}") from None
    return as_payload(value, content_type, sender).decode()


def sender_of(text: str | None) -> Sender | None:
    """Return what a CloudEvent's sender said of it, from the envelope's text; InvalidRecord when it is malformed."""
    if text is None:
        return None
    check_value(text.encode())
    try:
        return msgspec.json.decode(text, type=Sender)
    except msgspec.DecodeError as error:
        raise InvalidRecord(f"waymark-cloudevent: {error}") from None
