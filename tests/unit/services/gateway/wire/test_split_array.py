"""An array is taken apart at its commas even where an element is no JSON that can be kept."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.wire.bulk import split_array

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(VALUES, min_size=1, max_size=6), st.booleans())
def test_it_agrees_with_a_parser(values: list[object], indented: bool) -> None:
    text = orjson.dumps(values, option=orjson.OPT_INDENT_2 if indented else None)
    found = split_array(text)
    assert found is not None
    assert [orjson.loads(element) for element in found] == values


@pytest.mark.parametrize("bad", [b"NaN", b'{"a": "\\ud800"}', b"[" * 2000 + b"]" * 2000, b'{"a": 1 2}'])
def test_a_bad_element_stands_between_good_ones(bad: bytes) -> None:
    assert split_array(b'[{"a": "],["}, ' + bad + b", 2]") == [b'{"a": "],["}', bad, b"2"]


@pytest.mark.parametrize("text", [b"", b"[", b"[1, {2]", b"[1]]", b"[1] x", b'["]', b"{}", b"[1,,2]", b"1, 2"])
def test_what_is_no_array_is_none(text: bytes) -> None:
    assert split_array(text) is None
