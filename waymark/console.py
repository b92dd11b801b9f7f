"""Prints what commands show: plain lines and tables; JSON where a program reads it.

What comes from outside is text and nothing else: no markup is read in it, nothing of it is obeyed by a terminal.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import orjson
from rich.cells import cell_len

from libs.contracts.times import format_time

_GAP = "  "
# Controls, line and paragraph separators, what turns the direction of a line, halves of characters.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    r"""Return the text as one line; what a terminal would obey is written as its escape: `\x1b`."""
    return _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def print_plain(text: str) -> None:
    """Print one line on standard output."""
    _write_line(visible(text))


def warn(text: str) -> None:
    """Print one line on standard error."""
    sys.stderr.write(visible(text) + "\n")
    sys.stderr.flush()


def print_json(value: object) -> None:
    """Print a JSON document on one line of standard output."""
    text = orjson.dumps(value, default=str).decode()
    _write_line(_OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def as_json_value(value: msgspec.Struct) -> dict[str, Any]:
    """Turn a value of the client back into the names and times of the wire."""
    fields = msgspec.to_builtins(value, builtin_types=(datetime,))
    return {name: format_time(one) if isinstance(one, datetime) else one for name, one in fields.items()}


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their columns; where a terminal is too narrow for them, each row as a block of lines.

    No value is ever cut or folded. None shows as nothing.
    """
    cells = [["" if value is None else visible(str(value)) for value in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
    room = _terminal_width()
    if room is not None and sum(widths) + len(_GAP) * (len(widths) - 1) > room:
        _write_line("\n\n".join(_block(columns, row) for row in cells))
        return
    for row in (columns, *cells):
        _write_line(_GAP.join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _terminal_width() -> int | None:
    """Return the terminal's columns; None when standard output is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _block(columns: Sequence[str], row: Sequence[str]) -> str:
    """Return a row's values that are not empty, each on a line after its column's name."""
    width = max(map(cell_len, columns))
    return "\n".join(f"{_padded(column, width)}{_GAP}{cell}" for column, cell in zip(columns, row, strict=True) if cell)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _write_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
