"""Reads a file that is one JSON array: each element's text is an item. The file is never in memory as a whole."""

from __future__ import annotations

import asyncio
import mmap
import re
from collections.abc import AsyncIterator, Generator
from contextlib import closing
from itertools import islice
from pathlib import Path

from waymark.imports.items import CLOUD_EVENTS, Destination, ImportItem
from waymark.imports.jsonl import identified

_ELEMENTS_AT_ONCE = 2_000
_HEAD_BYTES = 64 * 1024
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|["\[\]{},]', re.DOTALL)


def is_array(path: Path) -> bool:
    """Whether the file begins as a JSON array does."""
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES).lstrip()[:1] == b"["


async def read_items(
    path: Path, *, offset: int, number: int, to: Destination = CLOUD_EVENTS
) -> AsyncIterator[ImportItem]:
    """Read the items from byte `offset` on (0, or an item's place to resume from); `number` counts elements from 1.

    The place after a last element that nothing ends, which may go on, is still before it.
    """
    # The elements are closed first: a file in memory cannot be let go while something still looks at it.
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text,
        closing(_elements(text, offset)) as elements,
    ):
        here = {"offset": offset, "number": number}
        while piece := await asyncio.to_thread(lambda: list(islice(elements, _ELEMENTS_AT_ONCE))):
            for element, end in piece:
                item, unit = identified(element, number, to)
                after = here if end is None else {"offset": end, "number": number + 1}
                yield ImportItem(item, origin=f"element {number}", resume=after, unit=unit, again=here)
                here, number = after, number + 1


def _elements(text: mmap.mmap, offset: int) -> Generator[tuple[bytes, int | None], None, None]:
    """Yield each element and where the next begins.

    An open string or bracket makes the rest the last element, with None: it has no end yet.
    """
    depth, start = (1, offset) if offset else (0, 0)
    for token in _TOKENS.finditer(text, offset):
        mark = token[0]
        if mark == b'"':
            break
        if mark in (b"[", b"{"):
            depth += 1
            start = token.end() if depth == 1 else start
        elif mark in (b"]", b"}"):
            depth -= 1
        if depth == 0 or (depth == 1 and mark == b","):
            if element := text[start : token.start()].strip():
                yield element, token.end() if depth else token.start()
            start = token.end()
        if depth == 0:
            return
    if rest := text[start:].strip():
        yield rest, None
