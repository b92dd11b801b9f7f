"""Arrays and objects are taken apart by brackets and quotes alone, as far as a limit."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.wire.json_parts import BracketCount, TooManyBrackets, elements_of, members_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
BAD = (b"NaN", b"", rb'"\ud800"', b"1 2", b"[" * 2_000 + b"]" * 2_000)


@given(st.lists(VALUES, max_size=6), st.dictionaries(st.text(), VALUES, max_size=6), st.booleans())
def test_they_agree_with_a_parser(array: list[object], members: dict[str, object], indented: bool) -> None:
    option = orjson.OPT_INDENT_2 if indented else None
    elements = elements_of(orjson.dumps(array, option=option), 10, BracketCount())
    found = members_of(orjson.dumps(members, option=option), 10, BracketCount())
    assert elements is not None
    assert found is not None
    assert [orjson.loads(element) for element in elements] == array
    assert {name: orjson.loads(value) for name, value in found.items()} == members


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_bad_part_stands_between_good_ones(bad: bytes) -> None:
    assert elements_of(b'[{"a": "],["}, ' + bad + b", 2]", 10, BracketCount()) == [b'{"a": "],["}', bad, b"2"]
    assert members_of(b'{"a}": [1], "b": ' + bad + b', "c" : 2}', 10, BracketCount()) == {
        "a}": b"[1]",
        "b": bad,
        "c": b"2",
    }


def test_what_is_no_member_is_left_out() -> None:
    assert members_of(rb'{"\ud800": 1, b: 2, "c", "d": 4, "d": 5}', 10, BracketCount()) == {"d": b"5"}


@pytest.mark.parametrize("text", [b"", b"[", b"]", b"[1", b"[1]]", b'["]', b"[[]", b"1", b"[1} ", b"{1]"])
def test_what_has_other_brackets_is_neither(text: bytes) -> None:
    assert elements_of(text, 10, BracketCount()) is None
    assert members_of(text, 10, BracketCount()) is None


def test_splitting_ends_at_the_limit() -> None:
    assert elements_of(b"[" + b"1," * 1_000 + b"1]", 3, BracketCount()) == [b"1"] * 4
    assert elements_of(b"[1,1,1]", 3, BracketCount()) == [b"1"] * 3
    assert members_of(b'{"a":1,"b":2}', 1, BracketCount()) is None


def test_nested_values_are_taken_apart_however_deep_they_are() -> None:
    deep = [b"[" * depth + b"1,1" + b"}" * depth for depth in (1, 31, 32, 33, 34, 500)]
    assert elements_of(b"[" + b",".join(deep) + b"]", 10, BracketCount()) == deep


def test_brackets_are_counted_over_all_texts() -> None:
    brackets = BracketCount(11)
    assert elements_of(b"[" + b"[]," * 3 + b"[]]", 100, brackets) is not None
    assert members_of(b'{"a":[],"b":[],"c":[[]]}', 100, brackets) is not None
    with pytest.raises(TooManyBrackets):
        elements_of(b"[]", 100, brackets)
