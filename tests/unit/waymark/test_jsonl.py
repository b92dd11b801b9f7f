"""Lines keep their text and get an identity of their own, the same each time the file is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from waymark.imports.items import CLOUD_EVENTS, EVENTS, INTERACTIONS, Destination, ImportItem
from waymark.imports.jsonl import destination_of, identified, read_items
from waymark.imports.lines_done import Stretch


@pytest.mark.parametrize("line", [b'{"a":1}', b'{ "a" : 1 }', b"{}"])
def test_an_object_without_identity_gets_one(line: bytes) -> None:
    spliced = json.loads(identified(line, 1)[0])
    assert spliced.pop("interactionId")
    assert spliced == json.loads(line)
    assert identified(line, 1)[0] == identified(line, 1)[0]
    assert identified(line, 1)[0] != identified(line, 2)[0]


@pytest.mark.parametrize("line", [b'{"interactionId":"x","a":1}', b"[1]", b"nonsense", b'{"a":'])
def test_anything_else_is_passed_as_it_is(line: bytes) -> None:
    assert identified(line, 1)[0] == line


@pytest.mark.parametrize(
    ("line", "unit"),
    [(b'{"uowId":"u"}', "u"), (b'{"interactionId":"x","uowId":"u"}', "u"), (b"{}", None), (b"[]", None)],
)
def test_the_unit_of_work_is_told(line: bytes, unit: str | None) -> None:
    assert identified(line, 1)[1] == unit


def test_numbers_keep_their_digits() -> None:
    assert b"1.10000000000000000000001" in identified(b'{"a":1.10000000000000000000001}', 1)[0]


async def read(file: Path, *, offset: int, number: int) -> list[ImportItem]:
    return [item async for item in read_items(file, [Stretch(offset, None, number)])]


async def test_going_on_from_any_line_gives_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b"\n".join(b'{"n":%d}' % n for n in range(50)) + b"\n\n{}\n" + b'{"last":true}\n')
    whole = await read(file, offset=0, number=1)
    assert len(whole) == 52
    for at, item in enumerate(whole):
        assert isinstance(item.resume, dict)
        rest = await read(file, **item.resume)
        assert [later.line for later in rest] == [later.line for later in whole[at + 1 :]]
        assert [later.origin for later in rest] == [later.origin for later in whole[at + 1 :]]
        assert await read(file, **item.again) == [item, *rest]


async def test_a_last_line_without_its_end_is_read_and_is_not_through(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b'{"n":1}\n{"last":true}')
    first, last = await read(file, offset=0, number=1)
    assert last.resume == last.again == first.resume == {"offset": 8, "number": 2}


async def test_stretches_are_read_and_nothing_between_them(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b"".join(b'{"n":%d}\n' % n for n in range(6)))
    items = [item async for item in read_items(file, [Stretch(8, 24, 2), Stretch(40, None, 6)])]
    assert [item.origin for item in items] == ["line 2", "line 3", "line 6"]


@pytest.mark.parametrize(
    ("text", "to"),
    [
        (b"", INTERACTIONS),
        (b'{"action":"CREATE"}', INTERACTIONS),
        (b'\nnonsense\n{"eventType":"a.b"}\n{"action":"CREATE"}', EVENTS),
        (b'{"specversion":"1.0"}', CLOUD_EVENTS),
    ],
)
def test_the_first_object_says_what_a_file_holds(tmp_path: Path, text: bytes, to: Destination) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_bytes(text)
    assert destination_of(file) is to


def test_an_event_gets_an_id_and_a_cloud_event_has_one() -> None:
    line, unit = identified(b'{"eventType":"a.b","correlationId":"c"}', 1, EVENTS)
    assert json.loads(line)["id"]
    assert unit == "c"
    assert identified(b'{"id":"x","resourceId":"r"}', 1, EVENTS) == (b'{"id":"x","resourceId":"r"}', "r")
    assert identified(b'{"subject":"s"}', 1, CLOUD_EVENTS) == (b'{"subject":"s"}', "s")
