"""Which schemas are taken, and that what they cost is known before they are used."""

from __future__ import annotations

from typing import Any

import pytest

from libs.event_schemas.expansion import SchemaRefused, expand
from libs.event_schemas.validator import compile_schema

CHAIN = {f"a{step}": {"allOf": [{"$ref": f"#/$defs/a{step + 1}"}] * 2} for step in range(12)} | {"a12": {}}
LONG_CHAIN = {f"a{step}": {"items": {"$ref": f"#/$defs/a{step + 1}"}} for step in range(500)} | {"a500": {}}


def test_references_are_put_in_place() -> None:
    schema = {"items": {"$ref": "#/$defs/a~1b", "minLength": 1}, "$defs": {"a/b": {"type": "string"}}}

    assert expand(schema).schema == {"items": {"minLength": 1, "allOf": [{"type": "string"}]}}


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "strin"}, ("type",)),
        ({"items": {"pattern": "(?=a)b"}}, ("items", "pattern")),
        ({"pattern": "(a)\\1"}, ("pattern",)),
        ({"pattern": "a" * 1001}, ()),
        ({"$ref": "https://example.com/s"}, ("$ref",)),
        ({"$ref": "#"}, ("$ref",)),
        ({"$ref": "#/$defs/none"}, ("$ref",)),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}}, ("$defs", "a", "items", "$ref")),
        ({"items": {"$defs": {}}}, ("items", "$defs")),
        ({"$id": "https://example.com/s"}, ("$id",)),
        ({"$dynamicRef": "#a"}, ("$dynamicRef",)),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, ("$schema",)),
    ],
)
def test_what_is_refused_is_named_by_its_place(schema: Any, pointer: tuple[str | int, ...]) -> None:
    with pytest.raises(SchemaRefused) as caught:
        compile_schema(schema)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "#/$defs/a0", "$defs": CHAIN}, "may apply to one place"),
        ({"$ref": "#/$defs/a0", "$defs": LONG_CHAIN}, "nested deeper"),
        ({"properties": {f"p{name}": True for name in range(5_000)}}, "parts"),
    ],
    ids=["doubling", "deep", "wide"],
)
def test_a_schema_that_costs_too_much_is_refused(schema: Any, words: str) -> None:
    with pytest.raises(SchemaRefused, match=words):
        compile_schema(schema)


def test_a_pattern_that_would_backtrack_for_ever_is_matched_in_linear_time() -> None:
    validator, _ = compile_schema({"pattern": "^(a+)+$"})

    assert [problem.keyword for problem in validator.problems("a" * 100_000 + "!")] == ["pattern"]


def test_problems_have_places_are_few_and_repeat_nothing_of_the_payload() -> None:
    validator, _ = compile_schema({"items": {"type": "integer"}})
    problems = validator.problems([1, *["secret"] * 20])

    assert [problem.path for problem in problems] == [(index,) for index in range(1, 11)]
    assert not any("secret" in problem.message for problem in problems)


def test_formats_are_annotations_and_whole_floats_are_integers() -> None:
    validator, _ = compile_schema({"format": "email", "type": ["string", "integer"]})

    assert [len(validator.problems(value)) for value in ("no mail", 1.0, 1.5)] == [0, 0, 1]
