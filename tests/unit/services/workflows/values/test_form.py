"""The forms of task types: what is wrong with values of their fields."""

from __future__ import annotations

import pytest

from libs.httpkit.errors import Violation
from services.workflows.task_types.registry import built_in_types
from services.workflows.values.form import MAX_LOOKS, form_of, validator_of, violations_of
from services.workflows.values.nodes import MAX_BODY_BYTES

SCHEMA = {
    "type": "object",
    "required": ["url"],
    "properties": {"url": {"type": "string"}, "tags": {"type": "array", "items": {"type": "integer"}}},
    "additionalProperties": False,
}


def test_places_and_types_are_named() -> None:
    found = violations_of(SCHEMA, {"tags": [1, "secret"], "other": 1}, ("body",))

    assert {(one.loc, one.type) for one in found} == {
        (("body", "url"), "missing"),
        (("body", "tags", 1), "type_error"),
        (("body",), "unknown_field"),
    }
    assert not any("secret" in one.msg for one in found)


def test_a_part_that_refers_to_its_whole_is_judged_with_it() -> None:
    assert violations_of({"$ref": "#/$defs/name"}, 3, ("body",)) == []


def test_fields_lie_in_the_order_of_the_form() -> None:
    form = form_of({"properties": {"a": {"x-order": 1}, "b": {}, "c": {"x-order": 0}}})

    assert list(form.fields) == ["c", "a", "b"]


def test_a_value_that_costs_too_much_is_refused_unjudged() -> None:
    costly = {"items": {"anyOf": [{"const": number} for number in range(500)]}}

    assert violations_of(costly, [0] * 10, ("body",)) == []
    assert violations_of(costly, [-1] * 300_000, ("body",)) == [
        Violation(("body",), "the value is too large to be judged by its schema", "limit")
    ]


@pytest.mark.parametrize(("type_", "field"), [("http-request", "body"), ("run-code", "inputs"), ("for-each", "items")])
def test_fields_of_any_json_take_as_much_as_a_task_is_given(type_: str, field: str) -> None:
    found = built_in_types().find(type_)
    assert found is not None

    load = validator_of(form_of(found.face.fields).fields[field].schema)

    assert load.looks(b"1" * MAX_BODY_BYTES) <= MAX_LOOKS
