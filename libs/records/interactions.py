"""Records of the interactions topic as the rows they become: checked here, so that no row can fail in the database.

The tenant is the envelope's; nothing in a record's body can name another one.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec
import orjson

from libs.contracts.errors import InvalidRecord
from libs.contracts.interactions import Interaction, Voided, decode_interaction_body
from libs.eventlog.port import StoredRecord
from libs.httpkit.json_values import MAX_INTEGER
from libs.records.checks import catalog_uuid_of, check_integer, check_value, time_of, uuid_of
from libs.records.index_key import index_key, optional_key

_JSON_NULL = b"null"
_INDEXED = ("resourceId", "uowId", "userId", "externalReference")


class RecordedRow(NamedTuple):
    """A recorded interaction; the columns up to `long_texts` go to the statements in this order.

    Of texts too long for an index `long_texts` holds the whole ones, as a JSON object by their fields' names.
    """

    tenant_id: str
    number: int
    interaction_id: str
    created_at: datetime
    interaction_at: datetime | None
    type_id: str
    action_id: str
    origin_id: str
    sequence_index: int | None
    resource_id: str
    uow_id: str
    user_id: str | None
    external_reference: str | None
    span_id: str | None
    parent_span_id: str | None
    interaction: str | None
    external_response: str | None
    long_texts: str | None
    resource_type: str
    action: str
    origin: str


class VoidedRow(NamedTuple):
    """A number declared void."""

    tenant_id: str
    number: int
    reason: str
    at: datetime


Change = RecordedRow | VoidedRow


def decode_change(record: StoredRecord) -> Change:
    """Return the row of a record, decoded once for all models; InvalidRecord names the field that is wrong."""
    return record.once(_change)


def _change(record: StoredRecord) -> Change:
    value = record.value or b""
    check_value(value)
    tenant_id, body = _decode(record)
    if not 1 <= body.interaction_number <= MAX_INTEGER:
        raise InvalidRecord(f"interactionNumber is {body.interaction_number}, expected 1 to {MAX_INTEGER}")
    if isinstance(body, Voided):
        at = time_of("createdDate", body.created_date)
        return VoidedRow(tenant_id, body.interaction_number, body.reason, at)
    return _recorded(tenant_id, body)


def _recorded(tenant_id: str, body: Interaction) -> RecordedRow:
    at = body.interaction_timestamp
    texts = (body.resource_id, body.uow_id, body.user_id, body.external_reference)
    keys = (index_key(texts[0]), index_key(texts[1]), optional_key(texts[2]), optional_key(texts[3]))
    return RecordedRow(
        tenant_id,
        body.interaction_number,
        uuid_of("interactionId", body.interaction_id),
        time_of("createdDate", body.created_date),
        None if at is None else time_of("interactionTimestamp", at),
        catalog_uuid_of("resourceTypeId", body.resource_type_id),
        catalog_uuid_of("actionId", body.action_id),
        catalog_uuid_of("originId", body.origin_id),
        check_integer("sequenceIndex", body.sequence_index),
        *keys,
        body.span_id,
        body.parent_span_id,
        _json_text(body.interaction),
        _json_text(body.external_response),
        None if keys == texts else _long_texts(keys, texts),
        body.resource_type,
        body.action,
        body.origin,
    )


def _long_texts(keys: tuple[str | None, ...], texts: tuple[str | None, ...]) -> str:
    long = {field: text for field, key, text in zip(_INDEXED, keys, texts, strict=True) if key != text}
    return orjson.dumps(long).decode()


def _decode(record: StoredRecord) -> tuple[str, Interaction | Voided]:
    try:
        return decode_interaction_body(record.value, record.headers)
    except RecursionError:
        raise InvalidRecord("value: nested too deeply") from None


def _json_text(raw: msgspec.Raw) -> str | None:
    text = bytes(raw)
    return None if text == _JSON_NULL else text.decode()
