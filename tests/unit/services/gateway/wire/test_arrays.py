"""Arrays are counted as they are taken apart, also where an element is no JSON that can be kept."""

from __future__ import annotations

import asyncio

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.httpkit.errors import ApiError, Unprocessable
from services.gateway.wire import arrays
from services.gateway.wire.arrays import TooManyElements, elements, split_array
from services.gateway.wire.bulk import MAX_ITEMS, split_elements, split_lines
from tests.support.growth import growth

LIMIT = 6
MANY = 200_000
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def split(text: bytes, limit: int = LIMIT) -> list[bytes] | None:
    return asyncio.run(split_array(text, limit))


@given(st.lists(VALUES, max_size=LIMIT), st.booleans())
def test_the_elements_are_those_a_parser_finds(values: list[object], indented: bool) -> None:
    text = orjson.dumps(values, option=orjson.OPT_INDENT_2 if indented else None)
    assert [orjson.loads(bytes(element)) for element in elements(text, LIMIT)] == values
    if values:
        assert [orjson.loads(element) for element in split(text) or ()] == values


@given(st.lists(VALUES, min_size=LIMIT + 1, max_size=20))
def test_one_element_more_than_are_taken_is_too_many(values: list[object]) -> None:
    text = orjson.dumps(values)
    for take in (elements, split):
        with pytest.raises(TooManyElements):
            take(text, LIMIT)


@pytest.mark.parametrize(
    "bad", [b"NaN", b'{"a": "\\ud800"}', b"[" * 2000 + b"]" * 2000, b'{"a": 1 2}', b'"' + b"x" * 2**20 + b'"']
)
def test_a_bad_element_stands_between_good_ones(bad: bytes) -> None:
    assert split(b'[{"a": "],["}, ' + bad + b", 2]") == [b'{"a": "],["}', bad, b"2"]


@pytest.mark.parametrize(
    "text", [b"", b"[", b"[1, {2]", b"[1]]", b"[1] x", b'["]', b"{}", b"[1,,2]", b"1, 2", b"[,1]", b"[1,]", b"[}]"]
)
def test_what_is_no_array_is_none(text: bytes) -> None:
    assert split(text) is None


@pytest.mark.parametrize("bad", [b"", b"NaN,"])
def test_an_array_of_millions_is_read_to_the_first_that_is_too_many(
    bad: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[int | None] = []
    element_end = arrays._element_end

    def counted(text: bytes, begin: int) -> int | None:
        ends.append(element_end(text, begin))
        return ends[-1]

    monkeypatch.setattr(arrays, "_element_end", counted)
    with pytest.raises(Unprocessable, match="at most 10,000 items"):
        asyncio.run(split_elements(b"[" + bad + b"0," * MANY + b"0]"))
    assert len(ends) == (MAX_ITEMS + 1 if bad else 0)


def test_the_decoder_keeps_no_element_beyond_the_limit() -> None:
    # The last element is no JSON: whoever came so far would say so.
    with pytest.raises(TooManyElements):
        elements(b"[" + b"0," * MANY + b"?]", MAX_ITEMS)


def test_lines_are_counted_as_they_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unprocessable, match="at most 10,000 items"):
        asyncio.run(split_lines(b"0\n" * MANY))
    lines = asyncio.run(split_lines(b"\n \r\n" * MANY + b'{"a":1} \r\n\n\n2'))
    assert [orjson.loads(line) for line in lines] == [{"a": 1}, 2]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" + b"," * MANY, 400),
        (b"[0" + b"," * MANY + b"]", 400),
        (b'{"a":[' + b"0," * MANY + b"0]}", 422),
        (b"[[" + b"0," * MANY, 400),
        (b"[" * MANY, 422),
        (b'["' + b"x" * MANY, 400),
        (b" " * MANY, 400),
        (b"", 400),
        (b"nil", 422),
        (b"\xef\xbb\xbf[]", 400),
    ],
)
def test_what_is_no_array_of_items_is_refused_by_a_look(body: bytes, status: int) -> None:
    with pytest.raises(ApiError) as refused:
        asyncio.run(split_elements(body))
    assert refused.value.status == status


def test_an_element_that_is_no_array_stays_text() -> None:
    assert list(elements(b"[ 1 , [2,3] ]", LIMIT)) == [msgspec.Raw(b"1"), msgspec.Raw(b"[2,3]")]


@pytest.mark.parametrize("space", [b" ", b"\n", b"\r\n", b"\t"])
def test_white_space_after_the_last_line_is_passed_over_once(space: bytes) -> None:
    assert [bytes(line) for line in asyncio.run(split_lines(b"1\n" + space * 1_000))] == [b"1"]
    assert growth(lambda size: asyncio.run(split_lines(b"1\n" + space * size)), 5_000) < 8
