"""A record becomes a row or is refused with a reason; nothing else can happen."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import msgspec
import pytest

from libs.contracts.errors import InvalidRecord
from libs.contracts.interactions import Interaction, encode_interaction, encode_voided
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import StoredRecord
from libs.records.interactions import RecordedRow, VoidedRow, decode_change

ID = "0199439c-0440-70db-8d54-f9add9ea5f62"


def interaction(**changes: object) -> Interaction:
    base = Interaction(
        interaction_id=ID,
        interaction_number=42,
        resource_id="order-456",
        resource_type_id=str(uuid.uuid4()),
        action_id=str(uuid.uuid4()),
        origin_id=str(uuid.uuid4()),
        resource_type="ORDER",
        action="CREATE",
        origin="WEBAPP",
        interaction=msgspec.Raw(b'{"b": 1.50, "a": [1e2]}'),
        uow_id="unit-1",
        created_date="2026-01-15T10:30:00.000Z",
    )
    return msgspec.structs.replace(base, **changes)


def record_of(body: Interaction, tenant_id: str = "default") -> StoredRecord:
    key, value, headers = encode_interaction(tenant_id, body, actor_type="user")
    return StoredRecord(INTERACTIONS.name, 0, 0, key, value, headers, 0)


def test_a_recorded_interaction_becomes_a_row() -> None:
    row = decode_change(record_of(interaction()))
    assert isinstance(row, RecordedRow)
    assert (row.tenant_id, row.number, row.interaction_id) == ("default", 42, ID)
    assert row.created_at == datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
    assert row.interaction_at is None


def test_free_form_json_keeps_the_senders_own_text() -> None:
    row = decode_change(record_of(interaction()))
    assert isinstance(row, RecordedRow)
    assert row.interaction == '{"b": 1.50, "a": [1e2]}'
    assert row.external_response is None


def test_a_void_becomes_a_voided_number() -> None:
    key, value, headers = encode_voided("default", 7, "2026-01-15T10:30:00.000Z", "the gateway ended")
    change = decode_change(StoredRecord(INTERACTIONS.name, 0, 0, key, value, headers, 0))
    assert change == VoidedRow("default", 7, "the gateway ended", datetime(2026, 1, 15, 10, 30, tzinfo=UTC))


def test_an_id_is_kept_in_its_canonical_form() -> None:
    row = decode_change(record_of(interaction(interaction_id=ID.upper())))
    assert isinstance(row, RecordedRow)
    assert row.interaction_id == ID


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"interaction_number": 0}, "interactionNumber"),
        ({"interaction_id": "x"}, "interactionId"),
        ({"action_id": "x"}, "actionId"),
        ({"created_date": "yesterday"}, "createdDate"),
        ({"created_date": "2026-01-15T10:30:00"}, "createdDate"),
        ({"interaction_timestamp": "99999-01-01T00:00:00Z"}, "interactionTimestamp"),
        ({"resource_id": "a\0b"}, "u0000"),
        ({"interaction": msgspec.Raw(b'{"a":"\\u0000"}')}, "u0000"),
        ({"interaction": msgspec.Raw(b'{"a":"\\ud800"}')}, "surrogate"),
        ({"interaction": msgspec.Raw(b'{"a":"\xff"}')}, "UTF-8"),
        ({"interaction": msgspec.Raw(b"[" * 100_000 + b"]" * 100_000)}, "deep"),
        ({"interaction_number": 2**63}, "interactionNumber"),
        ({"sequence_index": -(2**63) - 1}, "sequenceIndex"),
    ],
)
def test_what_the_database_could_not_hold_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidRecord, match=words):
        decode_change(record_of(interaction(**changes)))


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b'{"interactionId":"x"}'])
def test_a_value_of_another_shape_is_refused(value: bytes | None) -> None:
    record = record_of(interaction())
    with pytest.raises(InvalidRecord):
        decode_change(StoredRecord(record.topic, 0, 0, record.key, value, record.headers, 0))
