"""A file of JSON lines as interactions: each line an item of `POST /api/interactions/batch`.

A line that names no `interactionId` gets one derived from its number and its text, so importing the same file twice
adds nothing, and a file that has grown adds what is new. Lines are passed through as they are.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from waymark.imports.batches import Item

JSONL_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:jsonl")
_LINES_AT_ONCE = 2_000
_FINGERPRINT_BYTES = 4096


class _Identified(msgspec.Struct, rename="camel"):
    interaction_id: str | None = None
    uow_id: str | None = None


_decoder = msgspec.json.Decoder(_Identified)


def source(path: Path) -> str:
    """Names the file for its checkpoint: its path, and its first line, lest another has taken its name."""
    with path.open("rb") as file:
        return f"{path.resolve()}\n{hashlib.sha256(file.readline(_FINGERPRINT_BYTES)).hexdigest()}"


def size_bytes(path: Path) -> int:
    """The file's size now."""
    return path.stat().st_size


def identified(line: bytes, number: int) -> tuple[bytes, str | None]:
    """The line, with an `interactionId` spliced in when it is an object that has none, and the `uowId` it names."""
    try:
        named = _decoder.decode(line)
    except msgspec.DecodeError:
        return line, None
    if named.interaction_id is not None:
        return line, named.uow_id
    digest = hashlib.sha256(b"%d:%s" % (number, line)).hexdigest()
    identity = b'{"interactionId":"%s"' % str(uuid.uuid5(JSONL_NAMESPACE, digest)).encode()
    rest = line[1:].lstrip()
    return identity + (rest if rest.startswith(b"}") else b"," + rest), named.uow_id


async def read_items(path: Path, *, offset: int, number: int) -> AsyncIterator[Item]:
    """The items from byte `offset` on, whose first line is number `number`; empty lines are passed over."""
    with path.open("rb") as file:
        file.seek(offset)
        while lines := await asyncio.to_thread(_read_lines, file):
            for line in lines:
                offset += len(line)
                text = line.strip()
                if text:
                    item, unit = identified(text, number)
                    place = {"offset": offset, "number": number + 1}
                    yield Item(item, origin=f"line {number}", resume=place, unit=unit)
                number += 1


def _read_lines(file: BinaryIO) -> list[bytes]:
    return [line for _ in range(_LINES_AT_ONCE) if (line := file.readline())]
