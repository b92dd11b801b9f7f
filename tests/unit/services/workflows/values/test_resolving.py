"""What comes of the values of fields when a task begins."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.workflow_sessions import TaskError
from libs.httpkit.errors import Violation
from services.workflows.task_types.model import TaskFailed
from services.workflows.values.form import Field
from services.workflows.values.naming import Naming
from services.workflows.values.nodes import MAX_BODY_BYTES, Literal, Resolving, Value
from services.workflows.values.reading import Reader
from services.workflows.values.scope import Scope
from tests.support.workflows.session_states import session_of

ANY_FIELD = Field("field", {}, is_required=True)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def read(raw: Any, *, is_item: bool = False) -> Value:
    errors: list[Violation] = []
    naming = Naming(
        tasks=("A", "Send mail", "Broken", "Later"), ancestors=("A", "Send mail", "Broken"), is_item=is_item
    )
    value = Reader(naming, errors).field(ANY_FIELD, raw, ("T", "field"), ("body",))
    assert errors == []
    assert value is not None
    return value


def resolved(raw: Any, scope: Scope) -> Any:
    return read(raw, is_item=True).resolve(Resolving(scope))


SCOPE = Scope(
    session_of(
        {"name": " Ada ", "n": 1, "none": None, "list": [{"a b": "x"}], "T": {"field": "given"}},
        {"A": {"total": 3.5, "url": "a/b c&d"}, "Send mail": [1, [2]]},
        TaskError(code="http_status", message="500", detail=msgspec.Raw(b'{"status":500}')),
    )
)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"$ref": "input.n"}, 1),
        ({"$ref": "input.none"}, None),
        ({"$ref": 'input.list[0]["a b"]'}, "x"),
        ({"$ref": 'tasks["Send mail"].output[1]'}, [2]),
        ({"$ref": "tasks.A.status"}, "completed"),
        ({"$ref": "tasks.Broken.error.detail.status"}, 500),
        ({"$ref": "input.list[1]", "default": [0]}, [0]),
        ({"$ref": "tasks.A.error", "default": None}, None),
        ({"$ref": "session.startedAt"}, "2023-11-14T22:13:20.000Z"),
        ({"$ref": "session.uowId"}, "uow-1"),
        ({"$format": "Hi {input.name|trim}, {{{input.n}}} {input.none}{tasks.A.output.total}"}, "Hi Ada, {1} 3.5"),
        ({"$format": "{tasks.A.output.url|url}|{input.name|upper}|{input.name|json}"}, 'a%2Fb%20c%26d| ADA |" Ada "'),
        ({"$format": '{input.list[0]["a b"]}{input.list}'}, 'x[{"a b":"x"}]'),
        ({"a": [{"$ref": "input.n"}, {"$value": {"$ref": "x"}}], "b": ""}, {"a": [1, {"$ref": "x"}], "b": ""}),
        ("", "given"),
        (None, "given"),
        ({"$blank": {"name": "n"}}, 1),
    ],
)  # fmt: skip
def test_values_are_what_they_lead_to(raw: Any, value: Any) -> None:
    assert resolved(raw, SCOPE) == value


@given(JSON)
def test_what_comes_from_outside_is_never_evaluated(given_value: Any) -> None:
    scope = Scope(session_of({"x": given_value, "field": {"$ref": "input.x"}}, {"A": given_value}))

    assert resolved({"$ref": "input.x"}, scope) == given_value
    assert resolved([{"$ref": "tasks.A.output"}], scope) == [given_value]
    assert resolved({"$ref": "input.field"}, scope) == {"$ref": "input.x"}


@given(JSON)
def test_a_literal_in_value_is_taken_whole(value: Any) -> None:
    assert read({"$value": value}) == Literal(value)


@given(st.text(max_size=20))
def test_a_text_in_url_is_one_segment(text: str) -> None:
    quoted = resolved({"$format": "{input|url}"}, Scope(session_of(text)))

    assert unquote(quoted) == text
    assert not set(quoted) & set("/?#&=% ") - {"%"}


def test_what_leads_nowhere_is_named() -> None:
    with pytest.raises(TaskFailed) as failed:
        resolved({"a": {"$format": "{input.order.id}"}}, SCOPE)

    assert (failed.value.code, failed.value.detail) == ("reference_missing", {"path": "input.order.id"})


def test_an_item_has_its_own_values_and_the_sessions() -> None:
    scope = SCOPE.of_item({"id": 7}, 2)

    assert resolved({"$format": "{item.id}/{index}/{input.n}"}, scope) == "7/2/1"


def test_secrets_are_in_their_places() -> None:
    scope = Scope(session_of({"T": {"user": "ada"}}), {"/T/field": "hush", "/a~1b": "sh"})

    assert resolved("", scope) == "hush"
    assert resolved({"$ref": "input"}, scope) == {"T": {"user": "ada", "field": "hush"}, "a/b": "sh"}


def test_values_do_not_swell() -> None:
    scope = Scope(session_of({"x": "x" * 300_000}))

    with pytest.raises(TaskFailed, match=str(MAX_BODY_BYTES)) as failed:
        resolved([{"$format": "{input.x}"}, {"$ref": "input"}] * 2, scope)

    assert failed.value.code == "input_too_large"


def test_an_optional_blank_that_was_left_out_is_no_member() -> None:
    scope = Scope(session_of())
    optional = {"$blank": {"required": False}}

    assert resolved({"a": 1, "b": optional}, scope) == {"a": 1}
    assert resolved([1, optional], scope) == [1, None]
