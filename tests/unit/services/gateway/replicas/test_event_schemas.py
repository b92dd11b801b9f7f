"""What the door knows of event types' schemas, and what it says of payloads."""

from __future__ import annotations

from typing import Any

import pytest

from libs.contracts.reference import EVENT_TYPE_SCHEMA, ReferenceRecord, dataschema_of, encode_reference
from libs.contracts.topics import MANIFEST, REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record, StoredRecord
from libs.eventlog.replica import Replica
from libs.httpkit.errors import ApiError
from services.gateway.replicas.event_schemas import EventSchemas

SCHEMA = {"type": "object", "properties": {"items": {"items": {"type": "integer"}}}, "required": ["items"]}


def record(
    schema: Any, revision: int = 1, *, tenant_id: str = "acme", archived: bool = False, version: int = 1
) -> Record:
    data = {
        "eventType": "order.shipped",
        "version": version,
        "schema": schema,
        "dataschema": dataschema_of("order.shipped", version),
        "forced": False,
        "createdAt": "2026-01-15T10:30:00.000Z",
        "createdBy": "somebody",
    }
    reference = ReferenceRecord(
        kind=EVENT_TYPE_SCHEMA, tenant_id=tenant_id, id="order.shipped", version=revision, archived=archived, data=data
    )
    return Record(REFERENCE.name, *encode_reference(reference, timestamp_ms=1), timestamp_ms=1)


async def known(*records: Record) -> EventSchemas:
    """What a door knows that has read these."""
    log = MemoryEventLog()
    await log.start()
    await log.ensure_topics(MANIFEST)
    await log.append(records)
    schemas = EventSchemas()
    replica = Replica(log, REFERENCE, schemas.apply)
    await replica.start()
    await replica.stop()
    return schemas


def refusal(schemas: EventSchemas, payload: bytes, **options: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        schemas.validate("acme", "order.shipped", payload, **options)
    return caught.value


async def test_a_payload_that_fits_is_said_to_be_checked() -> None:
    schemas = await known(record(SCHEMA, version=3))

    assert schemas.validate("acme", "order.shipped", b'{"items":[1]}') == (
        "/api/v1/event-types/order.shipped/schema?version=3"
    )


async def test_where_there_is_no_schema_nothing_is_checked() -> None:
    schemas = await known(record(SCHEMA), record(False, tenant_id="other", archived=True))

    assert schemas.validate("acme", "order.paid", b"[") is None
    assert schemas.validate("other", "order.shipped", b"[") is None
    assert schemas.validate("third", "order.shipped", b"[") is None


async def test_a_refusal_names_each_place_and_repeats_nothing_of_the_payload() -> None:
    error = refusal(await known(record(SCHEMA)), b'{"items":[1,"secret",2.5]}', loc=("body", 4, "payload"))

    assert error.status == 422
    assert [(violation.loc, violation.type) for violation in error.violations] == [
        (("body", 4, "payload", "items", 1), "schema_type"),
        (("body", 4, "payload", "items", 2), "schema_type"),
    ]
    assert "secret" not in error.detail


async def test_what_is_no_json_cannot_fit() -> None:
    error = refusal(await known(record(True)), b"\x00", content_type="application/octet-stream")

    assert (error.status, error.violations[0].type) == (422, "schema_content_type")


async def test_a_payload_beyond_the_bounds_of_work_is_refused() -> None:
    wide = {"allOf": [{"items": {"type": "integer"}}] * 60}
    schemas = await known(record(wide))

    assert refusal(schemas, b"[" + b"1," * 500_000 + b"1]").violations[0].type == "schema_size"
    assert schemas.validate("acme", "order.shipped", b"[1]") is not None


async def test_the_newest_record_counts_in_whatever_order_they_come() -> None:
    newer, older = record({"type": "array"}, 2, version=2), record(SCHEMA, 1)
    schemas = await known(newer, older, older)

    assert schemas.validate("acme", "order.shipped", b"[]") == dataschema_of("order.shipped", 2)


async def test_archiving_ends_the_checking() -> None:
    schemas = await known(record(False, 1), record(False, 2, archived=True))

    assert schemas.validate("acme", "order.shipped", b"{}") is None


def test_other_kinds_are_not_even_read() -> None:
    stored = StoredRecord(REFERENCE.name, 0, 0, "action:acme:1", b"no JSON", (), 1)
    EventSchemas().apply(stored)


async def test_a_schema_another_release_took_is_no_reason_to_let_anything_through() -> None:
    assert refusal(await known(record({"$ref": "https://example.com"})), b"{}").status == 503
