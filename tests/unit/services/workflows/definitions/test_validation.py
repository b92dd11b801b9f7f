"""Definitions: everything that is wrong with one is said at once, each with its place and type."""

from __future__ import annotations

from typing import Any

import pytest

from services.workflows.definitions.compiling import InvalidDefinition, compile_workflow
from services.workflows.definitions.model import TaskDefinition, WorkflowDefinition
from services.workflows.definitions.validation import Checked, validate
from services.workflows.task_types.model import TaskFailed
from services.workflows.task_types.registry import built_in_types
from services.workflows.values.scope import Scope
from tests.support.workflows.session_states import session_of

CODE: dict[str, Any] = {"type": "run-code", "body": {"code": "def main(inputs): return 1"}}
TRUE = {"type": "condition", "body": {"expression": "true"}}


def judged(tasks: Any, **members: Any) -> Checked:
    return validate({"tasks": tasks, **members}, built_in_types(), {"shop": "http"})


def errors_of(tasks: Any, **members: Any) -> list[tuple[str, str]]:
    return [("/".join(map(str, one.loc[1:])), one.type) for one in judged(tasks, **members).errors]


def with_inputs(**inputs: Any) -> dict[str, Any]:
    return {"type": "run-code", "body": {**CODE["body"], "inputs": inputs}}


def test_a_sound_definition_has_its_order_and_its_blanks() -> None:
    checked = judged(
        {
            "C": {**with_inputs(a="", b={"$blank": {"name": "who"}}), "executeAfter": {"B": ["completed", "failed"]}},
            "A": {"type": "Call Workflow", "body": {"input": {"x": {"$blank": {"type": "integer"}}}}},
            "B": {**TRUE, "executeAfter": {"A": ["completed"]}},
        },
        output={"$ref": "tasks.C.output.result"},
    )

    assert checked.errors == []
    assert checked.order == ("A", "B", "C")
    assert [(blank.pointer, blank.schema.get("type"), blank.required) for blank in checked.blanks] == [
        ("/who", None, False),
        ("/A/workflow", "string", True),
        ("/A/input/x", "integer", False),
    ]


def test_everything_is_said_at_once() -> None:
    found = errors_of(
        {
            "A": {"type": "run-code", "body": {"cod": "x"}, "executeAfter": {"B": ["complete"], "Z": ["failed"]}},
            "B": {"type": "nope", "timeoutMs": 0, "executeAfter": {"A": ["completed"]}},
            "C": {"retry": {"maxAttempt": 3}, "position": {"x": 1}},
            "D": {"type": "call-workflow", "body": {"workflow": 3, "wait": {"$format": "{item}"}}},
        },
        timeoutMs="1h",
        acces="viewer",
    )

    assert sorted(found) == sorted([
        ("timeoutMs", "type_error"),
        ("acces", "unknown_field"),
        ("tasks/A/executeAfter/B", "bad_status"),
        ("tasks/B/timeoutMs", "limit"),
        ("tasks/C/type", "missing"),
        ("tasks/C/retry/maxAttempt", "unknown_field"),
        ("tasks/C/position/y", "missing"),
        ("tasks/A/executeAfter/Z", "unknown_task"),
        ("tasks/B/executeAfter/A", "cycle"),
        ("tasks/A/body/cod", "unknown_field"),
        ("tasks/A/body/code", "missing"),
        ("tasks/B/type", "unknown_type"),
        ("tasks/D/body/workflow", "type_error"),
        ("tasks/D/body/wait/$format", "bad_reference"),
        ("tasks/D/body/wait", "type_error"),
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"$ref": "input["}, ("a/$ref", "bad_reference")),
        ({"$ref": 3}, ("a/$ref", "bad_reference")),
        ({"$ref": "tasks.Nobody.output"}, ("a/$ref", "unknown_task")),
        ({"$ref": "tasks.Later.output"}, ("a/$ref", "not_an_ancestor")),
        ({"$ref": "tasks.T.output"}, ("a/$ref", "not_an_ancestor")),
        ({"$format": "{tasks.Later.output}"}, ("a/$format", "not_an_ancestor")),
        ({"$format": "{input.a|shout}"}, ("a/$format", "bad_format")),
        ({"$format": "{input.a"}, ("a/$format", "bad_format")),
        ({"$format": "}"}, ("a/$format", "bad_format")),
        ({"$reference": "input"}, ("a", "bad_format")),
        ({"$value": 1, "other": 2}, ("a", "bad_format")),
        ({"$blank": {"type": "text"}}, ("a/$blank/type", "type_error")),
        ({"$blank": {"type": "integer", "default": "x"}}, ("a/$blank/default", "type_error")),
        ({"$blank": {"secret": True, "default": "x"}}, ("a/$blank/default", "type_error")),
        ({"$blank": {"secret": True, "type": "integer"}}, ("a/$blank", "type_error")),
        ({"$blank": {"nam": "x"}}, ("a/$blank/nam", "unknown_field")),
    ],
)
def test_values_that_are_none_are_refused(value: Any, error: tuple[str, str]) -> None:
    place, kind = error
    assert errors_of({"T": with_inputs(a=value), "Later": {**CODE, "executeAfter": {"T": ["completed"]}}}) == [
        (f"tasks/T/body/inputs/{place}", kind)
    ]


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("tasks.Nobody.output.x", "unknown_task"),
        ('tasks["Later"].output.x == 1', "not_an_ancestor"),
        ("tasks.map(t, t)", "bad_expression"),
        ("item.x", "bad_reference"),
        ("1 +", "bad_expression"),
        ("{'$ref': 'input.x'}", None),
    ],
)
def test_expressions_are_judged(expression: str, kind: str | None) -> None:
    task = {"type": "transform", "body": {"expression": expression}}
    found = errors_of({"T": task, "Later": {**CODE, "executeAfter": {"T": ["completed"]}}})

    assert found == ([] if kind is None else [("tasks/T/body/expression", kind)])


@pytest.mark.parametrize("expression", ["", None, {"$ref": "input.x"}, {"$format": "{input.x}"}, {"$blank": {}}])
def test_programs_are_the_definitions_own_text(expression: Any) -> None:
    task = {"type": "transform", "body": {"expression": expression}}
    kind = "missing" if expression in ("", None) else "type_error"

    assert errors_of({"T": task}) == [("tasks/T/body/expression", kind)]


def test_the_task_within_a_for_each_may_name_its_item() -> None:
    def each(inner: Any) -> dict[str, Any]:
        return {"type": "for-each", "body": {"items": {"$ref": "input.items"}, "do": inner}}

    sound = {
        "type": "call-workflow",
        "body": {"workflow": "", "input": {"id": {"$ref": "item.id"}, "n": {"$ref": "index"}}},
    }

    assert errors_of({"E": each(sound)}) == []
    assert [blank.pointer for blank in judged({"E": each(sound)}).blanks] == ["/E/do/body/workflow"]
    assert errors_of({"E": each({"type": "transform", "body": {"expression": "item + index"}})}) == []
    assert errors_of({"E": each({"type": "nope", "links": {}})}) == [
        ("tasks/E/body/do/links", "unknown_field"),
        ("tasks/E/body/do/type", "unknown_type"),
    ]
    assert errors_of({"E": each(each(sound))}) == [("tasks/E/body/do/body/do", "limit")]


def test_a_required_field_has_a_value_in_any_case() -> None:
    def call(**note: Any) -> dict[str, Any]:
        return {"C": {"type": "call-workflow", "body": {"workflow": {"$blank": note}}}}

    assert errors_of(call(required=False)) == [("tasks/C/body/workflow/$blank/required", "type_error")]
    assert errors_of(call(required=False, default="other")) == []


def test_circles_are_named_once_each() -> None:
    after = {"A": "C", "B": "A", "C": "B", "D": "C", "X": "Y", "Y": "X", "Z": "Z", "Free": None}
    tasks = {
        name: {**CODE, "executeAfter": {before: ["completed"]} if before else {}} for name, before in after.items()
    }
    circles = [one for one in judged(tasks).errors if one.type == "cycle"]

    assert [set(one.msg.partition(": ")[2].split(" → ")) for one in circles] == [{"A", "B", "C"}, {"X", "Y"}, {"Z"}]
    assert judged(tasks).order == ("Free",)


def test_bounds() -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = [deep]
    assert ("tasks", "limit") in errors_of({f"T{n}": CODE for n in range(101)})
    assert ("tasks/" + "n" * 65, "limit") in errors_of({"n" * 65: CODE})
    assert ("tasks/a\nb", "limit") in errors_of({"a\nb": CODE})
    assert [kind for _, kind in errors_of({"T": with_inputs(a=deep)})] == ["limit"]
    names = [f"T{n}" for n in range(40)]
    many = {
        name: {**CODE, "executeAfter": {before: ["failed"] for before in names[:at]}} for at, name in enumerate(names)
    }
    assert errors_of(many) == [("tasks", "limit")]
    assert errors_of({"T": with_inputs(a="x" * 300_000)}) == [("", "limit")]
    assert errors_of({"T": {**CODE, "timeoutMs": 60_000}}) == [("tasks/T/timeoutMs", "limit")]


def test_expressions_are_bounded_together() -> None:
    text = "input.a " + " " * 1_900 + "== 1"
    tasks = {f"T{n}": {"type": "condition", "body": {"expression": text}} for n in range(11)}

    assert errors_of(tasks) == [("tasks/T10/body/expression", "limit")]


def test_blanks_that_share_a_place_agree() -> None:
    def blank(**note: Any) -> dict[str, Any]:
        return {"$blank": note}

    shared = judged(
        {
            "A": with_inputs(a=blank(name="n", type="string")),
            "B": with_inputs(a=blank(name="n", type="string", secret=True)),
        }
    )
    assert [(one.pointer, one.secret) for one in shared.blanks] == [("/n", True)]
    assert errors_of({"A": with_inputs(a=blank(name="n", type="string"), b=blank(name="n", type="number"))}) == [
        ("tasks/A/body/inputs", "type_error")
    ]
    assert errors_of({"A": with_inputs(a=blank(name="A"), b=blank())}) == [("tasks/A/body/inputs", "type_error")]


def test_warnings_do_not_keep_a_definition_from_being_saved() -> None:
    checked = judged(
        {
            "T": {
                "type": "http-request",
                "integration": "Nowhere",
                "body": {"url": "https://a.example", "headers": {"Authorization": "Bearer x"}},
            }
        }
    )

    assert checked.errors == []
    assert [(one.loc[2:], one.type) for one in checked.warnings] == [
        (("T", "integration"), "integration_missing"),
        (("T", "body", "headers", "Authorization"), "literal_authorization"),
    ]


def test_a_definition_may_be_saved_before_it_has_a_task() -> None:
    checked = judged({})

    assert checked.errors == []
    assert [(one.loc, one.type) for one in checked.warnings] == [(("body", "tasks"), "no_tasks")]


def test_what_validation_refuses_cannot_be_run() -> None:
    with pytest.raises(InvalidDefinition, match=r"tasks\.T\.type"):
        compile_workflow(WorkflowDefinition(tasks={"T": TaskDefinition(type="nope")}), built_in_types())


def test_a_compiled_task_gives_its_body_and_the_variables_of_its_expression() -> None:
    checked = judged(
        {
            "A": CODE,
            "T": {
                "type": "transform",
                "body": {"expression": "tasks.A.output.x + input.n"},
                "executeAfter": {"A": ["completed"]},
            },
            "W": {
                "type": "call-workflow",
                "body": {"workflow": {"$ref": "input.flow"}},
                "executeAfter": {"A": ["completed"]},
            },
        },
        output={"n": {"$ref": "tasks.A.output.x"}},
    )
    assert checked.definition is not None
    compiled = compile_workflow(checked.definition, built_in_types())
    scope = Scope(session_of({"n": 2, "flow": "other"}, {"A": {"x": 40}}))

    assert compiled.tasks["T"].variables(scope) == {
        "input": {"n": 2, "flow": "other"},
        "tasks": {"A": {"status": "completed", "output": {"x": 40}}},
    }
    assert compiled.tasks["A"].variables(scope) == {}
    assert compiled.tasks["W"].body(scope) == {"workflow": "other"}
    assert compiled.result(scope) == {"n": 40}
    assert compiled.graph.roots == ("A",)


def test_a_value_that_is_not_the_fields_fails_the_task() -> None:
    checked = judged({"W": {"type": "call-workflow", "body": {"workflow": {"$ref": "input.flow"}}}})
    assert checked.definition is not None
    task = compile_workflow(checked.definition, built_in_types()).tasks["W"]

    with pytest.raises(TaskFailed) as failed:
        task.body(Scope(session_of({"flow": 3})))

    assert (failed.value.code, failed.value.detail) == ("input_invalid", {"field": "workflow"})
