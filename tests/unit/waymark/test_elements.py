"""A file that is one JSON array: its elements are those a parser finds, from the start or from any of them on."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waymark.imports.elements import is_array, read_items
from waymark.imports.items import ImportItem

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


async def read(path: Path, *, offset: int = 0, number: int = 1) -> list[ImportItem]:
    return [item async for item in read_items(path, offset=offset, number=number)]


@given(st.lists(VALUES, max_size=6), st.booleans())
async def test_it_agrees_with_a_parser_from_anywhere(values: list[object], indented: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "batch.json"
        path.write_bytes(b" \n" + orjson.dumps(values, option=orjson.OPT_INDENT_2 if indented else None) + b"\n")
        whole = await read(path)
        assert is_array(path)
        assert [json.loads(item.line) for item in whole] == values
        for at, item in enumerate(whole):
            assert isinstance(item.resume, dict)
            rest = await read(path, **item.resume)
            assert [(one.line, one.origin) for one in rest] == [(one.line, one.origin) for one in whole[at + 1 :]]


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        (b'[1, {"a": "]"}, nonsense, 2]', [b"1", b'{"a": "]"}', b"nonsense", b"2"]),
        (b'[1, {"a": 2', [b"1", b'{"a": 2']),
        (b'[1, "open]', [b"1", b'"open]']),
        (b"[]", []),
    ],
)
async def test_what_is_broken_stands_by_itself(tmp_path: Path, text: bytes, elements: list[bytes]) -> None:
    path = tmp_path / "batch.json"
    path.write_bytes(text)
    assert [item.line for item in await read(path)] == elements


@pytest.mark.parametrize("text", [b"[1, 2", b'[1, {"a": 2', b'[1, "open]'])
async def test_a_last_element_without_its_end_is_not_through(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "batch.json"
    path.write_bytes(text)
    first, last = await read(path)
    assert last.resume == last.again == first.resume


async def test_leaving_half_way_lets_the_file_go(tmp_path: Path) -> None:
    path = tmp_path / "batch.json"
    path.write_bytes(b"[" + b"1," * 5_000 + b"1]")
    items = read_items(path, offset=0, number=1)
    assert isinstance(items, AsyncGenerator)
    assert (await anext(items)).line == b"1"
    await items.aclose()
