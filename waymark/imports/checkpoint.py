"""Keeps in the data directory how far an import is, so that it can be stopped and run again.

A checkpoint only saves time: ids are derived from the source, so losing it never makes a duplicate. It
belongs to one source, server and key, and is dropped when the server no longer knows the import's first record.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from waymark.client.asynchronous.driver import AsyncDriver
from waymark.connection import Connection
from waymark.errors import CommandFailed
from waymark.imports.items import INTERACTIONS, Destination


class _Saved(msgspec.Struct, rename="camel"):
    """The file's content."""

    place: dict[str, Any]
    first_id: str | None


_decoder = msgspec.json.Decoder(_Saved)


@dataclass(slots=True)
class Checkpoint:
    """An import's progress: `place` in the source's own terms; the server is still the same if it has `first_id`."""

    path: Path
    place: dict[str, Any] = field(default_factory=dict)
    first_id: str | None = None

    def keep(self, place: dict[str, Any], first_id: str | None) -> None:
        """Write the file, whole or not at all; the first record of all stays the first."""
        self.place = place
        self.first_id = self.first_id or first_id
        temporary = self.path.with_suffix(".tmp")
        temporary.write_bytes(msgspec.json.encode(_Saved(self.place, self.first_id)))
        temporary.replace(self.path)


async def load_checkpoint(
    data_dir: Path,
    connection: Connection,
    driver: AsyncDriver,
    *,
    kind: str,
    source: str,
    fresh: bool,
    to: Destination = INTERACTIONS,
) -> Checkpoint:
    """Read a source's checkpoint; an empty one when there is none, when `fresh`, or when the server is another.

    Raises CommandFailed when none could be kept, ConnectionFailed.
    """
    text = "\n".join((kind, source, connection.url, hashlib.sha256(connection.api_key.encode()).hexdigest()))
    path = data_dir / "imports" / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
    _make_writable(path.parent)
    saved = None if fresh else _read(path)
    if saved is None or not await _knows(driver, to, saved.first_id):
        return Checkpoint(path)
    return Checkpoint(path, saved.place, saved.first_id)


def _make_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        reason = None if os.access(folder, os.W_OK | os.X_OK) else "it cannot be written"
    except OSError as error:
        reason = error.strerror
    if reason:
        raise CommandFailed(f"no checkpoint can be kept in {folder}: {reason}; give another --data-dir")


def _read(path: Path) -> _Saved | None:
    """Read a checkpoint's file; None when there is none, or it is none of ours."""
    try:
        return _decoder.decode(path.read_bytes())
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


async def _knows(driver: AsyncDriver, to: Destination, record_id: str | None) -> bool:
    if record_id is None:
        return False
    answer = await driver.drive(driver.core.retries.once(to.read(record_id).request))
    return answer.status == 200
