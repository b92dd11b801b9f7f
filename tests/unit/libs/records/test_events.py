"""What a record of the events topic must be to become a row, and how the row keeps what was sent."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import pytest

from libs.contracts.errors import InvalidRecord
from libs.contracts.events import Event, Sender, encode_event
from libs.contracts.topics import EVENTS
from libs.eventlog.port import StoredRecord
from libs.records.events import EventRow, decode_event
from libs.records.render import cloud_event_json


def stored(data: bytes = b"{}", content_type: str = "application/json", **changes: str) -> StoredRecord:
    fields = {
        "id": "497f6eca-6276-4993-bfeb-53cbbbba6f08",
        "type": "schedule.fired",
        "tenant_id": "default",
        "resource_type": "action_run",
        "resource_id": "r-1",
        "actor_id": "ann",
        "actor_type": "user",
        "occurred_at": "2019-08-24T14:15:22.000Z",
    }
    sender = Sender(id="a-1", source="/shop", extensions={"region": "eu"})
    event = Event(**(fields | changes), data=data, content_type=content_type, sender=sender)
    return StoredRecord(EVENTS.name, 0, 0, *encode_event(event), 0)


def decoded(data: bytes = b"{}", content_type: str = "application/json", **changes: str) -> EventRow:
    return decode_event(stored(data, content_type, **changes))


@pytest.mark.parametrize(
    ("data", "content_type", "payload"),
    [
        (b'{"a": 1.50}', "application/json", b'{"a": 1.50}'),
        (b'{"a":1}', "application/vnd.shop+json; charset=utf-8", b'{"a":1}'),
        (b"[1]", "application/json", b'{"data":[1]}'),
        (b"null", "application/json", b'{"data":null}'),
        (b"text", "text/plain", b'{"data":"text"}'),
        (b"\xff\x00", "text/plain", b'{"data_base64":"/wA="}'),
        (b"\x00\x01", "application/octet-stream", b'{"data_base64":"AAE="}'),
    ],
)
def test_the_payload_is_an_object_that_holds_what_was_sent(data: bytes, content_type: str, payload: bytes) -> None:
    assert decoded(data, content_type).payload.encode() == payload


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "1"},
        {"occurred_at": "yesterday"},
        {"resource_type": ""},
        {"resource_id": ""},
        *({name: "a\0b"} for name in ("type", "resource_id", "actor_id", "actor_type", "correlation_id", "dataschema")),
    ],
)
def test_what_no_row_can_hold_is_refused(changes: Mapping[str, str]) -> None:
    with pytest.raises(InvalidRecord):
        decode_event(stored(b"{}", "application/json", **changes))


@pytest.mark.parametrize("data", [b"", b"{", rb'{"a":"\u0000"}', rb'{"a":"\ud800"}', b'{"a":"\xff"}', b"[" * 5000])
def test_json_that_no_row_can_hold_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRecord):
        decoded(data)


def test_what_a_cloud_events_sender_said_is_kept() -> None:
    row = decoded(dataschema="https://example.com/schema")
    assert row.cloud_event is not None
    assert orjson.loads(row.cloud_event)["id"] == "a-1"
    assert cloud_event_json(row.cloud_event, row.dataschema) == {
        "id": "a-1",
        "source": "/shop",
        "subject": None,
        "dataschema": "https://example.com/schema",
        "datacontenttype": None,
        "extensions": {"region": "eu"},
    }
