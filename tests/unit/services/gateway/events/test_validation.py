"""Our own JSON: what is required, what is filled in later, and that everything wrong is named at once."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from libs.contracts.resource_types import REFERENCE_TYPES
from libs.httpkit.errors import ApiError
from services.gateway.events.model import EventDraft
from services.gateway.events.validation import own_draft

LEAST = {"eventType": "order.placed", "resourceType": "ORDER", "resourceId": "o-1"}
SOME_UUID = "497F6ECA-6276-4993-bfeb-53cbbbba6f08"


def read(value: Any) -> EventDraft:
    return own_draft(json.dumps(value).encode())


def refused(raw: bytes) -> dict[str, str]:
    with pytest.raises(ApiError) as caught:
        own_draft(raw)
    return {violation.field: violation.type for violation in caught.value.violations}


def refused_value(value: Any) -> dict[str, str]:
    return refused(json.dumps(value).encode())


def test_three_members_are_enough() -> None:
    assert read(LEAST) == EventDraft(type="order.placed", resource_type="ORDER", resource_id="o-1")


def test_null_is_absent() -> None:
    names = ("actorId", "actorType", "correlationId", "causationId", "occurredAt", "payload", "id")
    assert read(LEAST | dict.fromkeys(names)) == read(LEAST)


def test_everything_said_is_taken() -> None:
    raw = (
        json.dumps(LEAST)[:-1].encode()
        + (
            b', "actorId": "ada", "actorType": "service", "correlationId": "c", "causationId": "e-1",'
            b' "occurredAt": "1969-07-20T20:17:40.5+01:00", "id": "%s", "payload": {"a" : 1.10, "\\u00e4": []}}'
        )
        % SOME_UUID.encode()
    )
    draft = own_draft(raw)
    assert (draft.actor_id, draft.actor_type, draft.correlation_id, draft.causation_id) == (
        "ada",
        "service",
        "c",
        "e-1",
    )
    assert draft.occurred_at == "1969-07-20T19:17:40.500Z"
    assert draft.id == SOME_UUID.lower()
    assert draft.data == b'{"a" : 1.10, "\\u00e4": []}'


def test_all_that_is_missing_is_named_at_once() -> None:
    assert refused(b"{}") == dict.fromkeys(("eventType", "resourceType", "resourceId"), "missing")


def test_wrong_types_and_wrong_values_are_named_together() -> None:
    value = {"eventType": 7, "resourceId": "", "payload": [1], "actorType": "a robot", "occurredAt": "soon", "id": "x"}
    assert refused_value(value) == {
        "eventType": "string_type",
        "resourceType": "missing",
        "resourceId": "string_length",
        "payload": "dict_type",
        "actorType": "actor_type",
        "occurredAt": "datetime_parsing",
        "id": "uuid_parsing",
    }


@pytest.mark.parametrize("payload", [[], "x", 1, True, 1.5])
def test_a_payload_is_an_object(payload: object) -> None:
    assert refused_value(LEAST | {"payload": payload}) == {"payload": "dict_type"}


@pytest.mark.parametrize("resource_type", sorted(REFERENCE_TYPES))
def test_the_eleven_types_have_uuids(resource_type: str) -> None:
    assert refused_value(LEAST | {"resourceType": resource_type}) == {"resourceId": "uuid_parsing"}
    draft = read(LEAST | {"resourceType": resource_type, "resourceId": SOME_UUID})
    assert uuid.UUID(draft.resource_id) == uuid.UUID(SOME_UUID)
    assert draft.resource_id == SOME_UUID.lower()


def test_there_are_eleven() -> None:
    assert len(REFERENCE_TYPES) == 11


@pytest.mark.parametrize("member", ["eventType", "resourceType", "actorId", "correlationId", "causationId"])
@pytest.mark.parametrize("text", ["", "x" * 201, "a\nb", "a\x7f"])
def test_names_have_limits(member: str, text: str) -> None:
    assert refused_value(LEAST | {member: text}) == {member: "not_printable"}


@pytest.mark.parametrize(
    ("raw", "place", "kind"),
    [
        (b'{"eventType": "a\\u0000"}', "eventType", "string_nul"),
        (b'{"payload": {"a": ["\\ud800"]}}', "payload.a[0]", "string_unicode"),
        (b'{"payload": {"a": 1e999}}', "payload.a", "number_out_of_range"),
        (b'{"payload": {"a": 9223372036854775808}}', "payload.a", "number_out_of_range"),
        (b'{"payload": {"a": "\xff"}}', "payload.a", "string_unicode"),
    ],
)
def test_what_no_database_holds_is_refused_where_it_stands(raw: bytes, place: str, kind: str) -> None:
    assert refused(raw) == {place: kind}


def test_depth_is_bounded() -> None:
    deep = b'{"payload": {"a": ' + b"[" * 31 + b"]" * 31 + b"}}"
    assert "json_depth" in refused(deep).values()


@pytest.mark.parametrize("raw", [b"", b"{", b"nonsense", b'{"a": 1,}', b"\xff"])
def test_what_is_no_json_is_malformed(raw: bytes) -> None:
    assert next(iter(refused(raw).values())) in ("json_invalid", "string_unicode")


@pytest.mark.parametrize("raw", [b"1", b'"x"', b"null"])
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    assert refused(raw) == {"body": "type_error"}
