"""Records of both topics as definitions see them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from libs.contracts.envelope import Headers
from libs.contracts.errors import InvalidRecord
from libs.contracts.monitoring_steps import Step
from libs.contracts.times import format_ms
from libs.eventlog.port import StoredRecord
from services.monitoring.gate.properties import match_key
from services.monitoring.gate.records import SourceRecord, decode_named, decode_source
from tests.support.records import START_MS, interaction, recorded, voided
from tests.support.traces.world import event, event_id

BODY = interaction(7, user_id="ann", external_reference="pi-1", json=b'{"total": 1.50}')


def source(record: StoredRecord) -> SourceRecord:
    named = decode_named(record)
    assert named is not None
    return decode_source(named)


def changed(record: StoredRecord, **changes: Any) -> StoredRecord:
    return msgspec.structs.replace(record, **changes)


def with_header(record: StoredRecord, name: str, value: bytes | None) -> StoredRecord:
    others: Headers = tuple(header for header in record.headers if header[0] != name)
    return changed(record, stored_headers=others if value is None else (*others, (name, value)))


def test_a_record_is_named_by_its_type_or_by_resource_type_and_action() -> None:
    named = [decode_named(record) for record in (recorded(BODY), event("a", "u"), voided(8))]

    assert [one and one[:3] for one in named] == [
        ("default", "ORDER", "CREATE"),
        ("default", "order.shipped", None),
        None,
    ]


def test_an_interaction_has_its_fields_for_attributes() -> None:
    found = source(recorded(BODY))
    paths = ("resourceType", "resourceId", "action", "origin", "userId", "uowId", "correlationId", "externalReference")

    assert [found.properties.text(path) for path in paths] == [
        "ORDER",
        "order-1",
        "CREATE",
        "WEBAPP",
        "ann",
        "unit-7",
        "unit-7",
        "pi-1",
    ]
    assert [found.properties.text(path) for path in ("actorId", "actorType", "total", "eventType", "causationId")] == [
        "ann",
        "user",
        "1.5",
        None,
        None,
    ]


def test_an_event_has_its_envelope_for_attributes() -> None:
    found = source(event("a", "u", causation_id="cause", payload={"n": 1}))
    paths = ("resourceType", "resourceId", "eventType", "uowId", "correlationId", "actorId", "actorType", "causationId")

    assert [found.properties.text(path) for path in paths] == [
        "order",
        "order-1",
        "order.shipped",
        "u",
        "u",
        "ann",
        "user",
        "cause",
    ]
    assert [found.properties.text(path) for path in ("userId", "n", "action", "origin")] == ["ann", "1", None, None]


def test_what_is_for_admins_alone_is_no_property() -> None:
    of_accounts = with_header(event("user.created", "u", payload={"n": 1}), "ce_source", b"waymark/default/accounts")

    assert [source(of_accounts).properties.text(path) for path in ("n", "actorId")] == [None, "ann"]


def test_an_actor_that_is_no_user_tells_no_matches_apart() -> None:
    keys = [match_key(source(event("a", uow, actor_type="api_key")).properties) for uow in ("u", None)]

    assert keys == ["uow:u", "resource:order:order-1"]


@pytest.mark.parametrize(
    ("payload", "content_type", "path", "text"),
    [
        (b"[1, 2]", "application/json", "data.1", "2"),
        (b"plain", "text/plain", "data", "plain"),
        (b"\xff", "application/octet-stream", "data_base64", "/w=="),
    ],
)
def test_data_that_is_no_object_is_as_events_show_it(payload: bytes, content_type: str, path: str, text: str) -> None:
    record = changed(event("a", "u", content_type=content_type), value=payload)

    assert source(record).properties.text(path) == text


def test_a_step_says_where_its_record_lies_and_when_it_was_accepted() -> None:
    record = changed(recorded(BODY), partition=3, offset=9)

    assert source(record).step((), 5_000) == Step(
        id=BODY.interaction_id,
        source="interaction",
        topic="waymark.interactions.v1",
        partition=3,
        offset=9,
        number=7,
        name="ORDER.CREATE",
        event_at=START_MS + 7,
        accepted_at=START_MS,
        watermark_ms=5_000,
        uow_id="unit-7",
        hits=(),
    )
    step = source(event("a", None)).step((), 0)
    assert (step.id, step.source, step.number, step.name, step.uow_id) == (
        event_id("a"),
        "event",
        0,
        "order.shipped",
        None,
    )


@pytest.mark.parametrize(("ahead_ms", "counts_ms"), [(-(10**12), -(10**12)), (60_000, 60_000), (60_001, 0)])
def test_a_clock_that_runs_more_than_a_minute_ahead_is_not_believed(ahead_ms: int, counts_ms: int) -> None:
    by_event = source(event("a", "u", at_ms=ahead_ms))
    by_caller = source(recorded(interaction(1, interaction_timestamp=format_ms(START_MS + ahead_ms))))

    assert [by_event.event_at, by_caller.event_at] == [START_MS + counts_ms] * 2


@pytest.mark.parametrize(
    "record",
    [
        with_header(event("a", "u"), "ce_tenantid", None),
        with_header(event("a", "u"), "ce_type", b"\xff"),
        with_header(recorded(BODY), "ce_type", b"another"),
        changed(recorded(BODY), value=b'{"resourceType": "ORDER"}'),
        changed(recorded(BODY), value=None),
        changed(recorded(BODY), value=b"{"),
    ],
)
def test_a_record_without_names_is_invalid(record: StoredRecord) -> None:
    with pytest.raises(InvalidRecord):
        decode_named(record)


@pytest.mark.parametrize(
    "record",
    [
        changed(event("a", "u"), value=None),
        with_header(event("a", "u"), "ce_time", b"never"),
        with_header(event("a", "u"), "waymark-cloudevent", b"{"),
        changed(recorded(BODY), value=b'{"resourceType": "ORDER", "action": "CREATE"}'),
    ],
)
def test_a_record_that_a_definition_names_is_invalid_when_the_rest_of_it_is(record: StoredRecord) -> None:
    named = decode_named(record)
    assert named is not None

    with pytest.raises(InvalidRecord):
        decode_source(named)
