"""Properties as text, and the keys made of them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from libs.contracts.errors import InvalidRecord
from services.monitoring.gate.properties import Properties, match_key

ATTRIBUTES = {"resourceType": "ORDER", "resourceId": "o-1", "action": "CREATE", "userId": None, "uowId": None}
LONG = "x" * 201
DIGEST = "sha256:84a0678c90937f5dcf9994d5866668da6b995109c8ad845410559b48a4ecafed"


def properties(data: Any, **attributes: str | None) -> Properties:
    return Properties(orjson.dumps(data), {**ATTRIBUTES, **attributes})


@pytest.mark.parametrize(
    ("json", "text"),
    [
        ('"a b"', "a b"),
        ("1.50", "1.5"),
        ("1e3", "1000.0"),
        ("-0", "0"),
        ("9223372036854775807", "9223372036854775807"),
        ("true", "true"),
        ("false", "false"),
        ("null", ""),
        ("{}", None),
        ("[1]", None),
    ],
)
def test_a_value_is_its_json_text(json: str, text: str | None) -> None:
    assert Properties(b'{"a":%s}' % json.encode(), ATTRIBUTES).text("a") == text


@pytest.mark.parametrize(
    ("data", "path", "text"),
    [
        ({"a": {"b": "in"}}, "a.b", "in"),
        ({"a.b": "whole", "a": {"b": "in"}}, "a.b", "whole"),
        ({"attributes": {"http.method": "GET"}}, "attributes.http.method", "GET"),
        ({"a.b": {"c": "long"}, "a": {"b.c": "short"}}, "a.b.c", "long"),
        ({"a.b": {"d": 1}, "a": {"b": {"c": "other"}}}, "a.b.c", "other"),
        ({"a.b": {}, "a": {"b": "in"}}, "a.b", "in"),
        ({"a": [{"b": "first"}, {"b": "second"}]}, "a.1.b", "second"),
        ({"a": ["x", "y"]}, "a.1", "y"),
        ({"a": {"1": "key"}}, "a.1", "key"),
        ({"a": ["x"]}, "a.1", None),
        ({"a": ["x"]}, "a.-1", None),
        ({"a": ["x"]}, "a.²", None),
        ({"a": ["x"]}, "a." + "9" * 5_000, None),
        ({"a": "text"}, "a.b", None),
        (["x"], "0", "x"),
        ("text", "a", None),
        (None, "a", None),
        ({"": "empty"}, "", "empty"),
        ({"": {"a": "in"}}, ".a", "in"),
    ],
)
def test_a_path_leads_through_keys_with_dots_and_arrays(data: Any, path: str, text: str | None) -> None:
    assert properties(data).text(path) == text


def test_a_field_goes_before_the_attribute_of_its_name_and_an_object_is_no_field() -> None:
    assert properties({"action": "own"}).text("action") == "own"
    assert properties({"action": None}).text("action") == ""
    assert properties({"action": {"a": 1}}).text("action") == "CREATE"
    assert properties({}).text("origin") is None


def test_data_that_is_no_json_is_invalid_once_it_is_looked_at() -> None:
    broken = Properties(b"{", {**ATTRIBUTES, "userId": "ann"})

    assert match_key(broken) == "user:ann"
    with pytest.raises(InvalidRecord, match="data: "):
        broken.text("action")


@pytest.mark.parametrize(
    ("data", "attributes", "key"),
    [
        ({"sessionId": "s"}, {"userId": "ann", "uowId": "u"}, "user:ann"),
        ({"userId": "of the data", "sessionId": 7}, {"uowId": "u"}, "session:7"),
        ({"sessionId": ""}, {"userId": "", "uowId": "u"}, "uow:u"),
        ({"sessionId": {}}, {}, "resource:ORDER:o-1"),
        ({}, {"resourceId": ""}, None),
        ({}, {"userId": LONG}, f"user:{DIGEST}"),
    ],
)
def test_matches_are_told_apart_by_user_session_unit_of_work_or_resource(
    data: Any, attributes: dict[str, str], key: str | None
) -> None:
    assert match_key(properties(data, **attributes)) == key


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"cart": {"id": "c"}}, "cart.id:c"),
        ({"cart": {"id": 1.50}}, "cart.id:1.5"),
        ({"cart": {"id": ""}}, None),
        ({"cart": {"id": None}}, None),
        ({"cart": {}}, None),
        ({"cart": {"id": LONG}}, f"cart.id:{DIGEST}"),
    ],
)
def test_a_definition_may_name_the_property_instead(data: Any, key: str | None) -> None:
    assert match_key(properties(data, userId="ann"), "cart.id") == key


def test_a_key_holds_nothing_that_no_database_does() -> None:
    for path, value in (("id", "a\0b"), ("a\0b", "v")):
        key = match_key(properties({path: value}), path)

        assert key is not None
        assert "\0" not in key
        assert "sha256:" in key


def test_a_key_is_short_as_a_whole_whatever_it_is_made_of() -> None:
    path, types = "𝄞" * 200, "ORDER" * 1_000
    keys = [
        match_key(properties({path: value, "id": "x"}, resourceType=types), name)
        for value, name in (("v", path), ("𝄞" * 200, path), ("w", None))
    ]

    assert keys[0] == f"{path}:v"
    assert all(key is not None and len(key.encode()) <= 1_000 for key in keys)
    assert len(set(keys)) == 3
