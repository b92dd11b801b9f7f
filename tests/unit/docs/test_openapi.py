"""The OpenAPI document as its readers need it: one name a schema, names as on the wire, errors with their content."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from libs.contracts.critical_interactions import Cause

DOCUMENT = json.loads((Path(__file__).parents[3] / "docs/openapi.json").read_bytes())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


WITH_UNDERSCORES = {*get_args(Cause), "_count"}
"""Values that are members' names too: counts by the cause of a result; and a name that clients of the metrics know."""


def schemas_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an object with members, at whatever depth."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict):
            yield value
        for inner in value.values():
            yield from schemas_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from schemas_in(inner)


def test_every_titled_schema_has_its_name_as_title_and_no_other_has_it() -> None:
    titles = Counter(schema["title"] for schema in schemas_in(DOCUMENT) if "title" in schema)
    assert [title for title, count in titles.items() if count > 1] == []
    assert [name for name, schema in SCHEMAS.items() if schema.get("title", name) != name] == []
    assert set(titles) <= set(SCHEMAS)


def test_members_of_bodies_are_named_as_on_the_wire() -> None:
    snake = {
        name: [member for member in schema["properties"] if "_" in member and member not in WITH_UNDERSCORES]
        for name, schema in SCHEMAS.items()
        if "properties" in schema
    }
    assert {name: members for name, members in snake.items() if members} == {}


@pytest.mark.parametrize("name", OPERATIONS)
def test_errors_say_their_content_and_what_they_mean(name: str) -> None:
    responses = OPERATIONS[name]["responses"]
    errors = {int(status): answer for status, answer in responses.items() if int(status) >= 400}
    assert {422, 500} <= errors.keys()
    for status, answer in errors.items():
        assert re.match(r"[A-Z`]", answer["description"]), (status, answer["description"])
        assert answer["content"], status


def test_operations_with_credentials_say_what_becomes_of_bad_ones() -> None:
    secured = {name: each["responses"].keys() for name, each in OPERATIONS.items() if each.get("security")}
    assert secured
    assert {name for name, statuses in secured.items() if not {"401", "403", "429", "503"} <= statuses} == set()


def test_operations_with_a_body_say_what_becomes_of_bad_ones() -> None:
    taking = {name: each["responses"].keys() for name, each in OPERATIONS.items() if "requestBody" in each}
    assert taking
    assert {name for name, statuses in taking.items() if not {"408", "413", "415"} <= statuses} == set()
