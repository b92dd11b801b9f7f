"""CEL expressions: what may be evaluated, and what each names."""

from __future__ import annotations

import pytest

from services.workflows.expressions.reading import BadExpression, read_expression


@pytest.mark.parametrize(
    ("text", "roots", "tasks"),
    [
        ("1 + 1", set(), set()),
        ("input.total > 100 && tasks.Fetch.status == 'completed'", {"input", "tasks"}, {"Fetch"}),
        ("tasks[\"Send mail\"].output.id + tasks['A'].output.id", {"tasks"}, {"Send mail", "A"}),
        ("item.tasks.X + 'tasks.Y'", {"item"}, set()),
        ("has(input.a) ? input.a : session.id // tasks.Z", {"input", "session"}, set()),
        ("input.list.map(x, x * index)", {"input", "index"}, set()),
        ("type(input.a) == int && input.b == r'\\'", {"input"}, set()),
        ("tasks.map.output.all.filter", {"tasks"}, {"map"}),
        ("'''a'b''' + \"\"\"tasks.X\"\"\" + tasks.Y.status", {"tasks"}, {"Y"}),
    ],
)
def test_names_are_found(text: str, roots: set[str], tasks: set[str]) -> None:
    expression = read_expression(text)

    assert (set(expression.roots), set(expression.tasks)) == (roots, tasks)


@pytest.mark.parametrize(
    "text",
    [
        "", "(", "a b", "foo", "foo.bar()", "input.x.upper()", "now()", "tasks", "tasks[input.x]", "size(tasks)",
        "tasks.exists(t, true)", "[1].map(tasks, 1)", "input.map(x, x.map(y, y))", "input.all(a, a) || input.all(b, b)",
        "input.map(x, 'a'.matches('b') && x.filter // no\n (y, y))", "event.x", ".input", "(" * 200 + "1" + ")" * 200,
        "x" * 2_001,
    ],
)  # fmt: skip
def test_others_are_refused(text: str) -> None:
    with pytest.raises(BadExpression):
        read_expression(text)


def test_a_field_may_have_variables_of_its_own() -> None:
    assert read_expression("event.data.x == input.y", frozenset(("event", "input"))).roots == {"event", "input"}


@pytest.mark.parametrize(
    ("text", "costly"),
    [("input.a + input.b", False), ("input.map(x, x)", True), ("input.a.matches('b')", True), ("'map'", True)],
)
def test_what_may_take_long_is_known(text: str, *, costly: bool) -> None:
    assert read_expression(text).is_costly is costly
