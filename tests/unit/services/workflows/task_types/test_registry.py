"""The types that are built in: found by id and title, and each shown by schemas that forms can be made of."""

from __future__ import annotations

from collections.abc import Iterator

import jsonschema
import pytest

from services.workflows.task_types.fields import Schema
from services.workflows.task_types.own import OwnType
from services.workflows.task_types.registry import built_in_types


@pytest.mark.parametrize("text", ["run-code", "Run code", "RUN  CODE", "run code"])
def test_a_type_is_found_by_id_or_title(text: str) -> None:
    found = built_in_types().find(text)
    assert found is not None
    assert found.face.type == "run-code"


def test_every_module_of_a_type_is_found() -> None:
    assert {one.face.type for one in built_in_types()} == {
        "call-webhook", "call-workflow", "condition", "delay",
        "emit-event", "for-each", "http-request", "record-interaction",
        "run-code", "send-discord-message", "send-email", "send-slack-message",
        "send-tweet", "sql-query", "transform", "wait-for-event",
    }  # fmt: skip


def test_what_is_no_type_is_not_found() -> None:
    assert built_in_types().find("runcode") is None


def test_a_field_of_an_own_type_is_titled_by_its_name_where_it_has_no_title() -> None:
    inputs = {"type": "object", "properties": {"net": {"type": "number"}, "vat": {"title": "VAT"}}}
    face = OwnType(type_="add-tax", title="Add tax", description="", inputs=inputs, code="").face
    assert [field["title"] for field in face.fields["properties"].values()] == ["net", "VAT"]
    assert inputs["properties"] == {"net": {"type": "number"}, "vat": {"title": "VAT"}}


def _untitled(schema: Schema) -> Iterator[str]:
    """The fields without a title, those of fields that are objects included."""
    for name, field in schema.get("properties", {}).items():
        if not field.get("title"):
            yield name
        yield from _untitled(field)


def test_every_type_says_what_a_form_shows() -> None:
    for one in built_in_types():
        face = one.face
        jsonschema.Draft202012Validator.check_schema(face.fields)
        jsonschema.Draft202012Validator.check_schema(face.outputs)
        properties = face.fields["properties"]
        assert sorted(field["x-order"] for field in properties.values()) == list(range(len(properties)))
        assert not list(_untitled(face.fields))
        assert face.title.lower().replace(" ", "-") == face.type
        assert face.timeout_ms <= face.max_timeout_ms
