"""Paths of references: what is one, what is none, and that each is written in one way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workflows.values.paths import BadPath, Path, parse_path

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
STEPS = st.lists(NAMES | st.integers(0, 999_999_999), max_size=4).map(tuple)
PATHS = (
    st.builds(Path, st.sampled_from(("input", "item")), steps=STEPS)
    | st.builds(Path, st.just("tasks"), NAMES, st.sampled_from(("output", "error")), STEPS)
    | st.builds(Path, st.just("tasks"), NAMES, st.just("status"))
    | st.builds(Path, st.just("session"), part=st.sampled_from(("id", "uowId", "startedAt")))
    | st.just(Path("index"))
)


@given(PATHS)
def test_a_path_that_is_written_and_read_is_the_same(path: Path) -> None:
    assert parse_path(str(path)) == path


@given(st.text('inputaskem.[]"\\0 9|', max_size=20))
def test_any_text_is_a_path_or_refused(text: str) -> None:
    try:
        path = parse_path(text)
    except BadPath:
        return
    assert parse_path(str(path)) == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("input", Path("input")),
        ("input.order.lines[0].id", Path("input", steps=("order", "lines", 0, "id"))),
        ('tasks["Send mail"].output.id', Path("tasks", "Send mail", "output", ("id",))),
        (r'tasks.A.error["a\u0041\"]"]', Path("tasks", "A", "error", ('aA"]',))),
    ],
)
def test_paths_are_read(text: str, path: Path) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    "text",
    [
        "", "inputs.a", "input.", "input[-1]", "input[01]", "input['a']", 'input["a"', "input a", "tasks", "tasks.A",
        "tasks[0].output", "tasks.A.result", "tasks.A.status.x", "session", "session.tenant", "session.id.x",
        "index.a", r'input["\ud800"]', r'input["\u0000"]', r'input["\x"]',
    ],
)  # fmt: skip
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(BadPath):
        parse_path(text)
