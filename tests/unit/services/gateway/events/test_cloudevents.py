"""CloudEvents: the official SDK is the oracle of both modes; our rules are on top of it."""

from __future__ import annotations

import base64
import json
from datetime import UTC
from typing import Any

import msgspec
import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.events import as_payload
from libs.contracts.times import format_time
from libs.httpkit.errors import ApiError
from services.gateway.events.cloudevents import binary_draft, is_binary, structured_draft
from services.gateway.events.model import EventDraft, cloud_event_id

T = "acme"
LEAST = {"specversion": "1.0", "id": "1", "source": "/s", "type": "a.b"}
_PLAIN = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"))
_TEXT = st.text(_PLAIN, min_size=1, max_size=20).filter(lambda text: text == text.strip())
_NAME = _TEXT
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), inner, max_size=3)
    ),
    max_leaves=8,
)
_ATTRIBUTES = st.fixed_dictionaries(
    {"id": _TEXT, "source": _TEXT.filter(lambda source: not source.startswith("waymark/")), "type": _NAME},
    optional={
        "subject": _TEXT,
        "time": st.datetimes(timezones=st.just(UTC)),
        "correlationid": _NAME,
        "causationid": _NAME,
        "actorid": _NAME,
        "resourcetype": _NAME,
        "myext1": _TEXT,
        "tenantid": _TEXT,
    },
)


def structured(message: HTTPMessage) -> EventDraft:
    assert message.headers["content-type"] == "application/cloudevents+json"
    return structured_draft(T, message.body)


def raw_headers(message: HTTPMessage) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in message.headers.items()]


def binary(message: HTTPMessage) -> EventDraft:
    assert is_binary(raw_headers(message))
    return binary_draft(T, raw_headers(message), message.body)


def assert_attributes(draft: EventDraft, sent: dict[str, Any]) -> None:
    assert draft.sender is not None
    assert (draft.sender.id, draft.sender.source, draft.type) == (sent["id"], sent["source"], sent["type"])
    assert draft.id == cloud_event_id(T, sent["source"], sent["id"])
    assert draft.sender.subject == sent.get("subject")
    assert draft.resource_id == sent.get("subject", sent["source"])
    assert draft.resource_type == sent.get("resourcetype", "cloud_event")
    assert draft.correlation_id == sent.get("correlationid")
    assert draft.causation_id == sent.get("causationid")
    assert draft.actor_id == sent.get("actorid")
    assert draft.sender.extensions == ({"myext1": sent["myext1"]} if "myext1" in sent else {})
    assert draft.occurred_at == format_time(sent["time"])


@given(_ATTRIBUTES, st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), _JSON, max_size=4))
def test_what_the_sdk_writes_is_read_alike_in_both_modes(sent: dict[str, Any], data: dict[str, Any]) -> None:
    event = CloudEvent({**sent, "datacontenttype": "application/json"}, data)
    sent = event.get_attributes()
    for draft in (structured(to_structured_event(event)), binary(to_binary_event(event))):
        assert_attributes(draft, sent)
        assert json.loads(as_payload(draft.data, draft.content_type, draft.sender)) == data


@given(st.binary(min_size=1, max_size=50))
def test_bytes_survive_both_modes(data: bytes) -> None:
    event = CloudEvent({**LEAST, "datacontenttype": "application/octet-stream"}, data)
    for draft in (structured(to_structured_event(event)), binary(to_binary_event(event))):
        assert draft.data == data
        payload = json.loads(as_payload(draft.data, draft.content_type, draft.sender))
        assert base64.b64decode(payload["data_base64"]) == data


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=50))
def test_text_survives_both_modes(data: str) -> None:
    event = CloudEvent({**LEAST, "datacontenttype": "text/plain"}, data)
    for draft in (structured(to_structured_event(event)), binary(to_binary_event(event))):
        assert json.loads(as_payload(draft.data, draft.content_type, draft.sender)) == {"data": data}


def places(error: ApiError) -> dict[str, str]:
    return {violation.field: violation.type for violation in error.violations}


def refused(value: Any) -> dict[str, str]:
    with pytest.raises(ApiError) as caught:
        structured_draft(T, value if isinstance(value, bytes) else json.dumps(value).encode())
    return places(caught.value)


def refused_binary(headers: dict[str, str], body: bytes = b"{}") -> tuple[int, dict[str, str]]:
    with pytest.raises(ApiError) as caught:
        binary_draft(T, [(name.encode(), value.encode("latin-1")) for name, value in headers.items()], body)
    return caught.value.status, places(caught.value)


def test_what_is_required_is_named_all_at_once() -> None:
    assert refused({}) == dict.fromkeys(("specversion", "id", "source", "type"), "missing")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"specversion": "0.3"}, {"specversion": "specversion"}),
        ({"specversion": 1.0}, {"specversion": "attribute_type"}),
        ({"id": ""}, {"id": "string_length"}),
        ({"id": 7}, {"id": "attribute_type"}),
        ({"source": "waymark/acme/events"}, {"source": "source_reserved"}),
        ({"subject": ""}, {"subject": "string_length"}),
        ({"time": "soon"}, {"time": "datetime_parsing"}),
        ({"type": "x" * 201}, {"type": "not_printable"}),
        ({"actortype": "a robot"}, {"actortype": "actor_type"}),
        ({"my_ext": "x"}, {"my_ext": "attribute_name"}),
        ({"myext": {"a": 1}}, {"myext": "attribute_type"}),
        ({"myext": 2**31}, {"myext": "attribute_type"}),
        ({"datacontenttype": "nonsense"}, {"datacontenttype": "media_type"}),
        ({"data": 1, "data_base64": "AA=="}, {"data_base64": "mutually_exclusive"}),
        ({"data_base64": "@@"}, {"data_base64": "base64"}),
        ({"data_base64": 5}, {"data_base64": "base64"}),
        ({"data_base64": "e30", "datacontenttype": "application/json"}, {"data_base64": "base64"}),
        ({"data_base64": "ew==", "datacontenttype": "application/json"}, {"data_base64": "json_invalid"}),
        ({"datacontenttype": "text/plain", "data": {"a": 1}}, {"data": "string_type"}),
        ({"resourcetype": "decision", "subject": "d"}, {"subject": "uuid_parsing"}),
    ],
)
def test_each_rule_names_its_attribute(change: dict[str, Any], expected: dict[str, str]) -> None:
    assert refused(LEAST | change) == expected


@pytest.mark.parametrize("value", [[], "x", 1, None])
def test_an_event_is_an_object(value: object) -> None:
    assert refused(value) == {"body": "type_error"}


def test_extensions_are_kept_as_text_and_the_senders_tenant_is_not() -> None:
    draft = structured_draft(T, json.dumps(LEAST | {"flag": True, "count": -3, "none": None, "tenantid": "x"}).encode())
    assert draft.sender is not None
    assert draft.sender.extensions == {"flag": "true", "count": "-3"}


@pytest.mark.parametrize(
    ("members", "payload"),
    [
        ({}, {}),
        ({"data": None}, {"data": None}),
        ({"data": None, "datacontenttype": "text/plain"}, {}),
        ({"data": None, "data_base64": "AAE="}, {"data_base64": "AAE="}),
        ({"data": {"a": 1}, "data_base64": None}, {"a": 1}),
        ({"data_base64": None}, {}),
        ({"data_base64": ""}, {"data_base64": ""}),
        ({"data": "", "datacontenttype": "application/xml"}, {"data": ""}),
        ({"data": "<é/>", "datacontenttype": "application/xml"}, {"data": "<é/>"}),
        ({"data": "a: 1", "datacontenttype": 'Application/YAML; charset="UTF-8"'}, {"data": "a: 1"}),
        ({"data": '{"a":1}', "datacontenttype": "APPLICATION/JSON"}, {"data": '{"a":1}'}),
        ({"data_base64": "PHgvPg==", "datacontenttype": "application/xml"}, {"data_base64": "PHgvPg=="}),
        ({"data": {"a": [1]}}, {"a": [1]}),
        ({"data": [1, 2]}, {"data": [1, 2]}),
        ({"data": "x"}, {"data": "x"}),
        ({"data": 0, "datacontenttype": "application/vnd.x+json; charset=utf-8"}, {"data": 0}),
        ({"data": {"a": 1}, "datacontenttype": "text/json"}, {"a": 1}),
        ({"data": "x", "datacontenttype": "text/plain"}, {"data": "x"}),
        ({"data_base64": "AAE="}, {"data_base64": "AAE="}),
        ({"data_base64": "eyJhIjoxfQ==", "datacontenttype": "application/json"}, {"a": 1}),
    ],
)
def test_data_reads_back(members: dict[str, Any], payload: dict[str, Any]) -> None:
    draft = structured_draft(T, json.dumps(LEAST | members).encode())
    assert json.loads(as_payload(draft.data, draft.content_type, draft.sender)) == payload


@pytest.mark.parametrize("kind", ["application/xml", "text/xml; charset=utf-8", "Application/JSON", None])
def test_the_content_type_is_kept_as_sent(kind: str | None) -> None:
    members = {"data": "<x/>"} if kind is None else {"data": "<x/>", "datacontenttype": kind}
    draft = structured_draft(T, json.dumps(LEAST | members).encode())

    assert draft.sender is not None
    assert draft.sender.datacontenttype == (msgspec.UNSET if kind is None else kind)
    assert draft.content_type == (kind or "application/json")


HEADERS = {f"ce-{name}": value for name, value in LEAST.items()}


@pytest.mark.parametrize(
    ("value", "text"),
    [("Euro%20%E2%82%AC", "Euro €"), ('"a \\"b\\""', 'a "b"'), ("100%", "100%"), ("\u00e2\u0082\u00ac", "€")],
)
def test_header_values_are_decoded(value: str, text: str) -> None:
    headers = [(name.encode(), one.encode("latin-1")) for name, one in (HEADERS | {"ce-subject": value}).items()]
    assert binary_draft(T, headers, b"").resource_id == text


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"ce-id": "1"}, dict.fromkeys(("ce-specversion", "ce-source", "ce-type"), "missing")),
        (HEADERS | {"ce-subject": "%ED%A0%80"}, {"ce-subject": "string_unicode"}),
        (HEADERS | {"ce-subject": "a%00b"}, {"ce-subject": "string_nul"}),
        (HEADERS | {"ce-my-ext": "x"}, {"ce-my-ext": "attribute_name"}),
        (HEADERS | {"ce-source": "waymark/x"}, {"ce-source": "source_reserved"}),
    ],
)
def test_binary_mode_names_the_header(headers: dict[str, str], expected: dict[str, str]) -> None:
    assert refused_binary(headers) == (422, expected)


@pytest.mark.parametrize("kind", ["image/png", "application/xml", "multipart/form-data", "nonsense"])
def test_binary_mode_takes_json_text_and_bytes_only(kind: str) -> None:
    assert refused_binary(HEADERS | {"content-type": kind})[0] == 415


def test_binary_mode_refuses_data_that_is_not_the_json_it_says() -> None:
    assert refused_binary(HEADERS | {"content-type": "application/json"}, b"{")[1] == {"body": "json_invalid"}
    assert refused_binary(HEADERS, b'{"a": "\\u0000"}')[1] == {"a": "string_nul"}


def test_the_id_is_the_tenants_sources_and_senders() -> None:
    ids = {cloud_event_id(*parts) for parts in (("a", "b", "c"), ("ab", "", "c"), ("a", "bc", ""), ("x", "b", "c"))}
    assert len(ids) == 4
    assert cloud_event_id("a", "b", "c") == cloud_event_id("a", "b", "c")


def test_a_trace_becomes_the_correlation_unless_one_is_said() -> None:
    trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    draft = structured_draft(T, json.dumps(LEAST | trace).encode())
    assert (draft.correlation_id, draft.traceparent) == ("0af7651916cd43dd8448eb211c80319c", trace["traceparent"])
    assert structured_draft(T, json.dumps(LEAST | trace | {"correlationid": "c"}).encode()).correlation_id == "c"


def test_a_cloud_event_has_a_bounded_number_of_attributes() -> None:
    many = LEAST | {f"x{number}": 1 for number in range(97)}
    with pytest.raises(ApiError) as refused:
        structured_draft(T, json.dumps(many).encode())
    assert [(one.type, one.loc) for one in refused.value.violations] == [("too_many_attributes", ("body",))]
    many.pop("x0")
    structured_draft(T, json.dumps(many).encode())
