"""The body with which a caller starts a session."""

from __future__ import annotations

import msgspec
import pytest

from libs.httpkit.errors import MalformedBody, Unprocessable
from services.workflows.values.blanks import body_schema, example_body
from services.workflows.values.input import read_input
from services.workflows.values.nodes import Blank

TEXT = Blank(place=("Tell", "text"), schema={"type": "string"}, required=True)
COUNT = Blank(place=("count",), schema={"type": "integer"}, required=False, default=3)
PASSWORD = Blank(place=("Tell", "auth", "password"), schema={"type": "string"}, required=False, secret=True)
BLANKS = (TEXT, COUNT, PASSWORD)


def test_defaults_are_put_in_and_secrets_taken_out() -> None:
    given = read_input(BLANKS, b'{"Tell": {"text": "hi", "auth": {"password": "hush", "user": "ada"}}, "other": [1]}')

    assert msgspec.json.decode(given.input) == {
        "Tell": {"text": "hi", "auth": {"user": "ada"}}, "other": [1], "count": 3,
    }  # fmt: skip
    assert given.secrets == {"/Tell/auth/password": "hush"}


def test_what_needs_no_change_is_kept_as_it_was_sent() -> None:
    assert (
        bytes(read_input((TEXT,), b' {"Tell": {"text":"h"},\n"x":1.0} ').input) == b'{"Tell": {"text":"h"},\n"x":1.0}'
    )
    assert bytes(read_input((), b"").input) == b"{}"


def test_every_place_is_named() -> None:
    with pytest.raises(Unprocessable) as refused:
        read_input(BLANKS, b'{"Tell": {"auth": "x"}, "count": "3"}')

    assert [(one.loc, one.type) for one in refused.value.violations] == [
        (("body", "Tell", "text"), "missing"),
        (("body", "count"), "type_error"),
        (("body", "Tell", "auth"), "type_error"),
    ]


@pytest.mark.parametrize("body", [b"[]", b'"x"', b'{"Tell": []}', b'{"Tell": {"text": "\\u0000"}}'])
def test_other_values_are_refused(body: bytes) -> None:
    with pytest.raises(Unprocessable):
        read_input((TEXT,), body)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(MalformedBody):
        read_input((TEXT,), b'{"Tell": ')


def test_the_body_of_the_endpoint_has_every_blank() -> None:
    assert example_body(BLANKS) == {"Tell": {"text": "", "auth": {"password": ""}}, "count": 3}
    assert body_schema(BLANKS) == {
        "type": "object",
        "properties": {
            "Tell": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "auth": {"type": "object", "properties": {"password": {"type": "string"}}, "required": []},
                },
                "required": ["text"],
            },
            "count": {"type": "integer"},
        },
        "required": ["Tell"],
    }
