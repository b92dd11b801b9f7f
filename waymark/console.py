"""Prints what commands show: plain lines, tables, progress bars; JSON where a program reads it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from libs.contracts.times import format_time

# A program that reads a table gets it whole, however wide.
out = Console(width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True)


def print_plain(text: str) -> None:
    """Print text as it is."""
    out.print(text, markup=False, highlight=False, soft_wrap=True)


def warn(text: str) -> None:
    """Print text on standard error as it is."""
    err.print(text, markup=False, highlight=False, soft_wrap=True)


def print_json(value: object) -> None:
    """Print a JSON document on one line of standard output."""
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")
    sys.stdout.flush()


def as_json_value(value: msgspec.Struct) -> dict[str, Any]:
    """Turn a value of the client back into the names and times of the wire."""
    fields = msgspec.to_builtins(value, builtin_types=(datetime,))
    return {name: format_time(one) if isinstance(one, datetime) else one for name, one in fields.items()}


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; None shows as nothing."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    out.print(table)


class Bar:
    """A progress bar on standard error; its counts follow the source's units."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._has_warned = False

    def total(self, units: int) -> None:
        """Expect this many units."""
        self._progress.update(self._task, total=units)

    def of(self, units: int, total: int) -> None:
        """Show that `units` of `total` are done, where the units are the records themselves."""
        self.total(total)
        self.at(units, units)

    def at(self, units: int, recorded: int) -> None:
        """Show that `units` are done, which made `recorded` records."""
        self._progress.update(self._task, completed=units, recorded=f"{recorded:,}")
        self._has_warned = False

    def waiting(self, why: str) -> None:
        """Print why the server is waited for, once until something is done again."""
        if not self._has_warned:
            warn(f"waiting for the server: {why}")
        self._has_warned = True


@contextmanager
def progress_bar(label: str, *, hidden: bool = False) -> Iterator[Bar]:
    """Draw a progress bar while the block runs."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[recorded]} recorded"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=hidden) as progress:
        yield Bar(progress, progress.add_task(label, total=None, recorded="0"))
