"""The judge's rules one by one: what is seen to be wider, what is named as narrower, and where."""

from __future__ import annotations

from typing import Any

import pytest

from services.catalog.event_types.compatibility import narrowings

OBJECT: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "integer"}, {"type": "number"}),
        ({"type": "string"}, {"type": ["string", "null"]}),
        ({"enum": [1, 2]}, {"enum": [3, 2, 1]}),
        ({"const": "a"}, {"type": "string"}),
        ({"minimum": 3}, {"minimum": 2}),
        ({"exclusiveMinimum": 3}, {"minimum": 3}),
        ({"multipleOf": 4}, {"multipleOf": 2}),
        ({"maxLength": 3}, {"maxLength": 4}),
        ({"type": "integer"}, {"type": ["integer", "string"], "maxLength": 4}),
        ({"required": ["a", "b"]}, {"required": ["a"]}),
        (OBJECT, {**OBJECT, "properties": {**OBJECT["properties"], "b": {"type": "string"}}}),
        (
            OBJECT,
            {"type": "object", "properties": OBJECT["properties"]} | {"additionalProperties": {"type": "integer"}},
        ),
        ({"anyOf": [{"type": "string"}]}, {"anyOf": [{"type": "null"}, {"type": "string"}]}),
        ({"oneOf": [{"const": 1}, {"const": 2}]}, {"type": "integer"}),
        ({"type": "string"}, {"anyOf": [{"type": "string", "title": "words"}, {"type": "null"}]}),
        ({"not": {"type": "string"}}, {"not": {"const": "a"}}),
        ({"prefixItems": [{"const": 1}], "items": {"type": "null"}}, {"items": {"type": ["null", "integer"]}}),
        ({"allOf": [{"type": "string"}, {"minLength": 2}]}, {"type": "string", "minLength": 1}),
        (False, {"type": "string"}),
        ({"type": "string"}, {"type": "string", "title": "words", "x-owner": "logistics"}),
        ({"oneOf": [{"type": "string"}]}, {"oneOf": [{"type": "string", "description": "words"}]}),
    ],
)
def test_what_is_not_narrower(old: Any, new: Any) -> None:
    assert narrowings(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        ({"type": ["string", "null"]}, {"type": "string"}, ("type",)),
        ({"type": "number"}, {"type": "integer"}, ("type",)),
        ({"enum": [1, 2]}, {"enum": [1]}, ("enum",)),
        ({"type": "string"}, {"const": "a"}, ("const",)),
        ({"minimum": 2}, {"minimum": 3}, ("minimum",)),
        ({"maximum": 3}, {"exclusiveMaximum": 3}, ("exclusiveMaximum",)),
        ({}, {"maxLength": 4}, ("maxLength",)),
        ({"pattern": "a"}, {"pattern": "b"}, ("pattern",)),
        ({}, {"uniqueItems": True}, ("uniqueItems",)),
        ({}, {"required": ["a"]}, ("required",)),
        ({"type": "object"}, {"type": "object", "additionalProperties": False}, ("additionalProperties",)),
        ({"type": "object"}, {"properties": {"a": {"type": "string"}}}, ("properties", "a", "type")),
        (OBJECT, {**OBJECT, "properties": {}}, ("additionalProperties",)),
        ({"items": {"type": "number"}}, {"items": {"type": "integer"}}, ("items", "type")),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, {"anyOf": [{"type": "string"}]}, ("anyOf",)),
        ({"oneOf": [{"type": "null"}]}, {"oneOf": [{"type": "null"}, {"type": "string"}]}, ("oneOf",)),
        ({}, {"allOf": [{}, {"type": "string"}]}, ("allOf", 1, "type")),
        ({"not": {"const": "a"}}, {"not": {"type": "string"}}, ("not",)),
        ({"if": {}, "then": {}}, {"if": {}, "then": False}, ("if",)),
        ({"contains": {}}, {"contains": {}, "minContains": 2}, ("contains",)),
        ({}, {"unevaluatedProperties": False}, ("unevaluatedProperties",)),
        ({}, {"sorted": True}, ("sorted",)),
        ({}, False, ()),
        ({"const": 1}, {"const": True}, ("const",)),
    ],
)
def test_what_may_be_narrower_is_named_by_its_place(old: Any, new: Any, pointer: tuple[str | int, ...]) -> None:
    assert [found.pointer for found in narrowings(old, new)] == [pointer]


def test_what_is_too_involved_counts_as_narrower() -> None:
    branches = [{"properties": {f"p{name}": {"minimum": name}}} for name in range(300)]
    old, new = {"anyOf": branches}, {"anyOf": branches[::-1]}

    assert [found.pointer for found in narrowings(old, new)] == [()]
