"""OTLP's values as JSON: every kind, what JSON has no number for, and how deep they may go."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from libs.contracts.texts import is_printable
from libs.httpkit.json_values import check_json
from services.gateway.otlp.values import (
    MAX_NESTING,
    MAX_VALUES,
    RecordRefused,
    ValueCount,
    encode,
    field_text,
    json_value,
)
from tests.support.gateway.otlp_messages import event_of_span, exported, key_value, span, spans_request


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (AnyValue(string_value="\u00e9"), "\u00e9"),
        (AnyValue(int_value=-(2**63)), -(2**63)),
        (AnyValue(bool_value=False), False),
        (AnyValue(double_value=0.5), 0.5),
        (AnyValue(double_value=float("nan")), "NaN"),
        (AnyValue(double_value=float("-inf")), "-Infinity"),
        (AnyValue(bytes_value=b"\x00\xff"), "AP8="),
        (AnyValue(), None),
        (AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=1), AnyValue()])), [1, None]),
        (
            AnyValue(kvlist_value=KeyValueList(values=[key_value("a", int_value=1), key_value("a", int_value=2)])),
            {"a": 2},
        ),
    ],
)
def test_every_kind_of_value_has_its_json(value: AnyValue, expected: Any) -> None:
    assert json_value(value, ValueCount()) == expected


def nested(depth: int) -> AnyValue:
    value = AnyValue(int_value=1)
    for at in range(depth):
        if at % 2:
            value = AnyValue(array_value=ArrayValue(values=[value]))
        else:
            value = AnyValue(kvlist_value=KeyValueList(values=[KeyValue(key="k", value=value)]))
    return value


def test_a_value_nested_too_deep_is_refused() -> None:
    json_value(nested(MAX_NESTING), ValueCount())

    with pytest.raises(RecordRefused, match="nested more than 28 deep"):
        json_value(nested(MAX_NESTING + 1), ValueCount())


async def test_the_deepest_value_taken_keeps_the_payload_within_what_json_may_nest() -> None:
    deep = KeyValue(key="deep", value=nested(MAX_NESTING))

    event, _ = await event_of_span(span(attributes=[deep], events=[{"attributes": [deep]}]))

    check_json(event.data)


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field, which the library itself would not write at this depth."""
    length = len(content)
    return bytes((number << 3 | 2, length & 0x7F | 0x80, length >> 7 & 0x7F)) + content


async def test_nesting_that_protobuf_itself_refuses_costs_only_its_span() -> None:
    deep = b""
    for _ in range(200):
        deep = field(1, field(5, deep))
    bad = span().SerializeToString() + field(9, field(1, b"deep") + field(2, field(5, deep)))
    good = span("00" * 7 + "01").SerializeToString()

    outcome, _ = await exported(field(1, field(2, field(2, bad) + field(2, good))))

    assert (outcome.appended, outcome.rejected) == (1, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"attributes": [key_value("a")] * (MAX_VALUES + 1)},
        {"events": [{}] * MAX_VALUES, "links": [{}]},
        {"attributes": [key_value("a", array_value=ArrayValue(values=[AnyValue()] * MAX_VALUES))]},
    ],
)
async def test_very_many_values_are_refused_before_they_are_looked_at(fields: dict[str, Any]) -> None:
    outcome, _ = await exported(spans_request(span(**fields)).SerializeToString())

    assert outcome.message == f"span [0][0][0]: it holds more than {MAX_VALUES} attributes, items, events and links"


def test_the_words_of_nul_are_not_nul() -> None:
    assert orjson.loads(encode({"a": "\\u0000"})) == {"a": "\\u0000"}


@given(st.text())
def test_a_fields_text_is_always_one_that_an_event_can_hold(text: str) -> None:
    found = field_text(text, 10)

    assert len(found) <= 10
    assert is_printable(found)
    assert found == found.strip()
