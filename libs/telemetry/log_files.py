"""Log files of supervised processes: kept small while they are written, and read for the last error."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

LARGE_BYTES = 32 * 1024 * 1024
_READ_BYTES = 64 * 1024
_ERROR_LEVELS = frozenset(("error", "critical"))
_SAYS_NO_CAUSE = "Application startup failed. Exiting."
"""The server's own last line, after the line that has the cause."""


def older(log_file: Path) -> Path:
    """Return where the one older file of a log is kept."""
    return log_file.with_suffix(".old.log")


def set_aside(log_file: Path, *, large_bytes: int = LARGE_BYTES) -> None:
    """Keep the file as the older one, in place of the one before, when it is large."""
    if log_file.exists() and log_file.stat().st_size > large_bytes:
        log_file.replace(older(log_file))


class OwnLogFile(logging.StreamHandler[TextIO]):
    """Writes to a stream that is the file `log_file`, opened by the parent; begins a new file when it is large.

    Standard output and error go over to the new file together, with what the interpreter itself writes there.
    """

    def __init__(self, stream: TextIO, log_file: Path, *, large_bytes: int = LARGE_BYTES) -> None:
        super().__init__(stream)
        self._log_file = log_file
        self._large_bytes = large_bytes

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, then look at the size."""
        super().emit(record)
        # A file that cannot be exchanged, on a full disk say, is written on.
        with suppress(OSError):
            if os.fstat(self.stream.fileno()).st_size > self._large_bytes:
                self._begin_anew()

    def _begin_anew(self) -> None:
        mode = os.fstat(self.stream.fileno()).st_mode & 0o777
        self._log_file.replace(older(self._log_file))
        fresh = os.open(self._log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, mode)
        for written in {1, 2, self.stream.fileno()}:
            os.dup2(fresh, written)
        os.close(fresh)


def last_error(log_file: Path, *, since: int = 0) -> str | None:
    """Return the last error that the file holds after byte `since`, on one line: a record's, or a traceback's.

    None when there is none. A file shorter than `since` was begun anew, and is read from its beginning.
    """
    with suppress(OSError):
        for line in reversed(_lines(log_file, since)):
            if line.strip() and not line.startswith((" ", "\t")) and (words := _error_of(line)):
                return words
    return None


def _lines(log_file: Path, since: int) -> list[str]:
    """Return the whole lines at the end of what the file holds after byte `since`."""
    with log_file.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        begins = since if since <= size else 0
        start = file.seek(max(begins, size - _READ_BYTES))
        lines = file.read().decode(errors="replace").split("\n")
    return lines if start == begins else lines[1:]


def _error_of(line: str) -> str | None:
    """Return the error that a line tells of; text that is no record of ours is an interpreter's last word."""
    try:
        record = json.loads(line)
    except ValueError:
        return line.strip()
    if not isinstance(record, dict) or record.get("level") not in _ERROR_LEVELS:
        return None
    return None if record.get("event") == _SAYS_NO_CAUSE else ": ".join(_words(record))


def _words(record: dict[str, Any]) -> Iterator[str]:
    """Yield the record's event, and the last line of its exception."""
    yield str(record.get("event", ""))
    if exception := str(record.get("exception") or "").strip():
        yield exception.splitlines()[-1]
