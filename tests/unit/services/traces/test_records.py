"""Records of both topics become rows of a trace, are of none, or are refused with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.errors import InvalidRecord
from libs.eventlog.port import StoredRecord
from services.traces.records import EventEntry, InteractionEntry, decode_entry, own_interval
from tests.support.records import START_MS, interaction, recorded, voided
from tests.support.traces.world import event

AT = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)


def test_an_interaction_stands_at_its_event_time() -> None:
    entry = decode_entry(recorded(interaction(7, interaction_timestamp="2026-01-15T10:30:00.000Z")))
    assert isinstance(entry, InteractionEntry)
    assert (entry.event_at, entry.number, entry.uow_id) == (AT, 7, "unit-7")


def test_voids_and_events_without_a_correlation_are_of_no_trace() -> None:
    assert decode_entry(voided(7)) is None
    assert decode_entry(event("a", None)) is None


def test_interactions_and_events_name_a_resource_alike() -> None:
    one = decode_entry(recorded(interaction(1, resource_id="order-1")))
    other = decode_entry(event("a", "u", resource_type="Order", subject="order-1"))
    assert isinstance(one, InteractionEntry)
    assert isinstance(other, EventEntry)
    assert one.resource_key == other.resource_key
    assert other.type_key == "order"


def test_only_a_user_is_among_the_users() -> None:
    users = [decode_entry(event("a", "u", actor_type=kind)) for kind in ("user", "api_key")]
    assert [entry.user_key for entry in users if isinstance(entry, EventEntry)] == ["ann", None]


def test_json_that_is_no_object_is_kept_as_data() -> None:
    entry = decode_entry(event("a", "u", payload=[1, {"b": 2}]))
    assert isinstance(entry, EventEntry)
    assert entry.payload == '{"data":[1,{"b":2}]}'


@pytest.mark.parametrize(
    ("payload", "seconds"),
    [
        ({}, (0, 0)),
        ({"startTime": "2026-01-15T10:29:59Z", "endTime": "2026-01-15T10:30:02.5Z"}, (-1, 2.5)),
        ({"startTime": "2026-01-15T12:29:59.123456789+02:00", "endTime": "2026-01-15T10:30:00Z"}, (-0.876544, 0)),
        ({"startTime": "2026-01-15T10:30:01Z", "endTime": "2026-01-15T10:30:00Z"}, (0, 0)),
        ({"startTime": "2026-01-15T10:30:01Z"}, (0, 0)),
        ({"startTime": "never", "endTime": 3}, (0, 0)),
        ({"startTime": "0001-01-01T00:00:00+14:00", "endTime": "2026-01-15T10:30:00Z"}, (0, 0)),
    ],
)
def test_an_events_own_interval_is_its_payloads(payload: dict[str, Any], seconds: tuple[float, float]) -> None:
    assert own_interval(payload, AT) == (AT + timedelta(seconds=seconds[0]), AT + timedelta(seconds=seconds[1]))


def test_a_span_is_read_however_its_name_is_written() -> None:
    record = event("a", "u")
    escaped = StoredRecord(record.topic, 0, 0, record.key, b'{"span\\u0049d":"s"}', record.headers, START_MS)
    entry = decode_entry(escaped)
    assert isinstance(entry, EventEntry)
    assert entry.span_id == "s"


def test_a_span_is_known_by_its_service_its_name_and_how_it_ended() -> None:
    payload = {"spanId": "s", "name": "GET /", "status": {"code": "ERROR"}}
    entry = decode_entry(event("a", "u", resource_type="Service", subject="checkout", payload=payload))
    other = decode_entry(event("b", "u", payload={"name": "GET /"}))
    assert isinstance(entry, EventEntry)
    assert isinstance(other, EventEntry)
    assert (entry.service_key, entry.span_key, entry.status) == ("checkout", "GET /", "error")
    assert (other.service_key, other.span_key, other.status, other.ending) == (None, None, None, None)


@pytest.mark.parametrize(
    ("changes", "value", "words"),
    [
        ({"id": "x"}, None, "ce_id"),
        ({"time": "yesterday"}, None, "ce_time"),
        ({"subject": "a\0b"}, None, "ce_subject"),
        ({"causation_id": "\0"}, None, "ce_causationid"),
        ({"resource_type": ""}, None, "ce_resourcetype"),
        ({}, b"{", "value"),
        ({}, b"", "value"),
        ({}, b'{"a":"\\u0000"}', "u0000"),
        ({}, b'{"a":NaN}', "value"),
        ({}, b'{"a":"\xff"}', "UTF-8"),
    ],
)
def test_what_the_database_could_not_hold_is_refused(changes: Any, value: bytes | None, words: str) -> None:
    record = event("a", "u", **changes)
    changed = record.value if value is None else value
    with pytest.raises(InvalidRecord, match=words):
        decode_entry(StoredRecord(record.topic, 0, 0, record.key, changed, record.headers, START_MS))


def test_a_record_without_a_value_is_refused() -> None:
    record = event("a", "u")
    with pytest.raises(InvalidRecord, match="no value"):
        decode_entry(StoredRecord(record.topic, 0, 0, record.key, None, record.headers, START_MS))
