"""Which lines of a file are through: all before a place, and after it those between the lines that stay open.

A line stays open when the server rejected it: every later import sends it again, until it is mended or taken out. The
lines after it are known by their digest, so that they are passed over wherever a change before them has moved them.
Only whole lines are ever through, and only as long as what is before the place is as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from waymark.imports.places import BatchDone, seen

_MOST_RUNS = 500
_MOST_INSERTED = 16
_READ_BYTES = 1 << 20


class Stretch(NamedTuple):
    """Lines to send: from byte `start`, where line `number` begins, to `end`, None being the file's."""

    start: int
    end: int | None
    number: int


class OpenRun(msgspec.Struct):
    """`rejected` lines that stay open, and the `lines` after them that are through, known by their digests."""

    rejected: int
    lines: int = 0
    size_bytes: int = 0
    first: str = ""
    digest: str = ""


class _Place(msgspec.Struct):
    """All before byte `offset`, where line `number` begins, is through; `runs` follow."""

    offset: int = 0
    number: int = 1
    seen: str = ""
    runs: list[OpenRun] = []


class LinesDone:
    """The progress of a file of lines while it is imported."""

    def __init__(self, path: Path, place: Mapping[str, Any]) -> None:
        """Take up a checkpoint's place; begin at the start where it has none, or the file is another by now."""
        self._path = path
        kept = _read_place(place)
        is_unchanged = kept.seen == seen(path, kept.offset)
        known = kept if is_unchanged else _Place()
        self._offset, self._number = known.offset, known.number
        self.stretches = _stretches(path, known)
        self._runs: list[OpenRun] = []
        self._end = self._offset
        self._digest = hashlib.sha256()

    @property
    def place(self) -> dict[str, Any]:
        """Return the form that a checkpoint keeps."""
        self._seal()
        place: dict[str, Any] = msgspec.to_builtins(
            _Place(self._offset, self._number, seen(self._path, self._offset), self._runs)
        )
        return place

    def take(self, batch: BatchDone) -> None:
        """Record that a batch is through, but for what was rejected of it."""
        assert isinstance(batch.resume, Mapping)
        self.advance(batch.resume["offset"], {item.again["offset"] for item in batch.rejected})

    def advance(self, end: int, rejected: Collection[int] = ()) -> None:
        """Record that the lines before byte `end` are through, but for those `rejected`, named by their first byte."""
        with self._path.open("rb") as file:
            file.seek(self._end)
            while self._end < end and (line := file.readline()).endswith(b"\n"):
                if not (self._keep_open() if self._end in rejected else self._pass(line)):
                    return
                self._end += len(line)

    def _pass(self, line: bytes) -> bool:
        if not self._runs:
            self._offset += len(line)
            self._number += 1
            return True
        run = self._runs[-1]
        if not run.lines:
            run.first, self._digest = hashlib.sha256(line).hexdigest(), hashlib.sha256()
        run.lines += 1
        run.size_bytes += len(line)
        self._digest.update(line)
        return True

    def _keep_open(self) -> bool:
        """Keep one more line open; false when that is one run too many: it and what follows is sent again then."""
        if self._runs and not self._runs[-1].lines:
            self._runs[-1].rejected += 1
            return True
        self._seal()
        if len(self._runs) < _MOST_RUNS:
            self._runs.append(OpenRun(1))
            return True
        return False

    def _seal(self) -> None:
        if self._runs and self._runs[-1].lines:
            self._runs[-1].digest = self._digest.hexdigest()


def _read_place(place: Mapping[str, Any]) -> _Place:
    try:
        return msgspec.convert(dict(place), _Place)
    except msgspec.ValidationError:
        return _Place()


def _stretches(path: Path, place: _Place) -> list[Stretch]:
    """Return what to send: the lines that stayed open, and what follows the last run that is where it should be."""
    found: list[Stretch] = []
    start, number = place.offset, place.number
    with path.open("rb") as file:
        for run in place.runs:
            at = _find_run(file, start, run)
            if at is None:
                break
            kept, run_start = at
            if kept:
                found.append(Stretch(start, run_start, number))
            start, number = run_start + run.size_bytes, number + kept + run.lines
    return [*found, Stretch(start, None, number)]


def _find_run(file: BinaryIO, start: int, run: OpenRun) -> tuple[int, int] | None:
    """Find the run after as many lines as stayed open, else a few more or fewer: their count, and where it begins."""
    file.seek(start)
    ends = [start]
    for _ in range(run.rejected + _MOST_INSERTED):
        ends.append(ends[-1] + len(file.readline()))
    for kept in sorted(range(len(ends)), key=lambda kept: abs(kept - run.rejected)):
        if _is_at(file, ends[kept], run):
            return kept, ends[kept]
    return None


def _is_at(file: BinaryIO, start: int, run: OpenRun) -> bool:
    if not run.lines:
        return True
    file.seek(start)
    if hashlib.sha256(file.readline()).hexdigest() != run.first:
        return False
    file.seek(start)
    digest, left = hashlib.sha256(), run.size_bytes
    while left and (chunk := file.read(min(left, _READ_BYTES))):
        digest.update(chunk)
        left -= len(chunk)
    return not left and digest.hexdigest() == run.digest
