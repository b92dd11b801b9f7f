"""Reads a file of JSON lines: all interactions, all events or all CloudEvents.

A line without an identity (`interactionId`, an event's `id`) gets one derived from its number and its text, so
importing the same file twice adds nothing, and a file that has grown adds its new lines. Otherwise lines are sent as
they are.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import msgspec

from waymark.imports.items import CLOUD_EVENTS, EVENTS, INTERACTIONS, Destination, ImportItem
from waymark.imports.lines_done import Stretch

JSONL_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:jsonl")
_LINES_AT_ONCE = 2_000
_LINES_LOOKED_AT = 100
_FINGERPRINT_BYTES = 4096


class _Interaction(msgspec.Struct, rename="camel"):
    interaction_id: str | None = None
    uow_id: str | None = None

    @property
    def unit(self) -> str | None:
        return self.uow_id

    @property
    def is_identified(self) -> bool:
        return self.interaction_id is not None


class _Event(msgspec.Struct, rename="camel"):
    id: str | None = None
    correlation_id: str | None = None
    resource_id: str | None = None

    @property
    def unit(self) -> str | None:
        return self.correlation_id or self.resource_id

    @property
    def is_identified(self) -> bool:
        return self.id is not None


class _CloudEvent(msgspec.Struct):
    correlationid: str | None = None
    subject: str | None = None
    is_identified: ClassVar = True
    """A CloudEvent's source and id are its identity."""

    @property
    def unit(self) -> str | None:
        return self.correlationid or self.subject


class _Shape(msgspec.Struct):
    event_type: object = msgspec.field(default=None, name="eventType")
    specversion: object = None


_IDENTITIES = {INTERACTIONS: b"interactionId", EVENTS: b"id", CLOUD_EVENTS: b"id"}
_Line = _Interaction | _Event | _CloudEvent
_decoders: dict[Destination, msgspec.json.Decoder[Any]] = {
    INTERACTIONS: msgspec.json.Decoder(_Interaction),
    EVENTS: msgspec.json.Decoder(_Event),
    CLOUD_EVENTS: msgspec.json.Decoder(_CloudEvent),
}
_shape = msgspec.json.Decoder(_Shape)


def source(path: Path) -> str:
    """Name the file for its checkpoint: its path, and its first line in case another file has taken the path."""
    with path.open("rb") as file:
        return f"{path.resolve()}\n{hashlib.sha256(file.readline(_FINGERPRINT_BYTES)).hexdigest()}"


def size_bytes(path: Path) -> int:
    """Return the file's size in bytes."""
    return path.stat().st_size


def destination_of(path: Path) -> Destination:
    """Choose the destination by the members of the first JSON object among the file's first hundred lines."""
    with path.open("rb") as file:
        for line in islice(file, _LINES_LOOKED_AT):
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                shape = _shape.decode(line)
                if shape.event_type is not None:
                    return EVENTS
                return INTERACTIONS if shape.specversion is None else CLOUD_EVENTS
    return INTERACTIONS


def identified(line: bytes, number: int, to: Destination = INTERACTIONS) -> tuple[bytes, str | None]:
    """Return the line, an object without identity completed by one, and the unit of work that it names."""
    try:
        named: _Line = _decoders[to].decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return line, None
    if named.is_identified:
        return line, named.unit
    digest = hashlib.sha256(b"%d:%s" % (number, line)).hexdigest()
    identity = b'{"%s":"%s"' % (_IDENTITIES[to], str(uuid.uuid5(JSONL_NAMESPACE, digest)).encode())
    rest = line[1:].lstrip()
    return identity + (rest if rest.startswith(b"}") else b"," + rest), named.unit


async def read_items(
    path: Path, stretches: Sequence[Stretch], *, to: Destination = INTERACTIONS
) -> AsyncIterator[ImportItem]:
    """Read the items of the stretches; empty lines are passed over.

    A last line without a newline, which may go on, is an item as it is now; the place after it is still before it.
    """
    with path.open("rb") as file:
        for stretch in stretches:
            async for start, number, line in _lines(file, stretch):
                if not (text := line.strip()):
                    continue
                item, unit = identified(text, number, to)
                here = {"offset": start, "number": number}
                after = {"offset": start + len(line), "number": number + 1} if line.endswith(b"\n") else here
                yield ImportItem(item, origin=f"line {number}", resume=after, unit=unit, again=here)


async def _lines(file: BinaryIO, stretch: Stretch) -> AsyncIterator[tuple[int, int, bytes]]:
    """Yield each line of a stretch with its first byte and its number; the last one is the first without a newline."""
    start, number = stretch.start, stretch.number
    file.seek(start)
    while lines := await asyncio.to_thread(_read_lines, file):
        for line in lines:
            if stretch.end is not None and start >= stretch.end:
                return
            yield start, number, line
            if not line.endswith(b"\n"):
                return
            start += len(line)
            number += 1


def _read_lines(file: BinaryIO) -> list[bytes]:
    return [line for _ in range(_LINES_AT_ONCE) if (line := file.readline())]
