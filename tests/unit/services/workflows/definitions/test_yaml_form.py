"""Definitions as YAML: what is read, what is refused and where, and that what is written reads back."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from libs.httpkit.errors import ApiError, Unprocessable
from services.workflows.definitions.yaml_form import MAX_NESTING, MAX_NODES, read_yaml, write_yaml

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")) | st.sampled_from(
    [
        "1e3",
        "0o17",
        "yes",
        "No",
        "~",
        "null",
        "1_000",
        "12:30:45",
        "=",
        "<<",
        "0x1F",
        "+1",
        ".5",
        "1.",
        "2026-01-01",
        "-",
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)


@given(JSON)
def test_what_is_written_reads_back(value: Any) -> None:
    assert read_yaml(write_yaml(value)) == value


@given(st.dictionaries(TEXTS, JSON, max_size=4))
def test_readers_of_the_older_version_read_the_same(value: Any) -> None:
    assert yaml.load(write_yaml(value), Loader=yaml.CSafeLoader) == value


def test_words_that_older_versions_took_for_booleans_are_texts() -> None:
    text = "tasks:\n  Yes: {on: no, off: true}\n  1: 0x10\n  no: !!str 12\n"
    assert read_yaml(text) == {"tasks": {"Yes": {"on": "no", "off": True}, "1": 16, "no": "12"}}


@pytest.mark.parametrize(
    ("text", "loc", "kind"),
    [
        ("a: &x 1\nb: *x\n", ("body", "b"), "yaml_invalid"),
        ("tasks: {A: 1, A: 2}", ("body", "tasks"), "duplicate_key"),
        ("a: [!!python/object:os.system x]", ("body", "a", 0), "yaml_invalid"),
        ("a: !!map {}", ("body", "a"), "yaml_invalid"),
        ("{[1]: 2}", ("body",), "yaml_invalid"),
        ("a\n---\nb\n", ("body",), "yaml_invalid"),
        ("a: 9223372036854775808", ("body", "a"), "number_out_of_range"),
        ("a: 1e999", ("body", "a"), "number_out_of_range"),
        ("a: .nan", ("body", "a"), "number_out_of_range"),
        ("[" * (MAX_NESTING + 1), ("body", *[0] * MAX_NESTING), "limit"),
        ("[" + "1," * MAX_NODES + "]", ("body", MAX_NODES - 1), "limit"),
    ],
)
def test_what_is_refused_is_refused_at_its_place(text: str, loc: tuple[str | int, ...], kind: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        read_yaml(text)
    assert [(one.loc, one.type) for one in refused.value.violations] == [(loc, kind)]


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "\x07", "%YAML 9"])
def test_what_is_no_yaml_is_malformed(text: str) -> None:
    with pytest.raises(ApiError) as refused:
        read_yaml(text)
    assert refused.value.status == 400
