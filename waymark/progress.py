"""Draws progress bars on standard error. The only module that uses rich: none of its markup is read in a text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from waymark.console import visible, warn


class Bar:
    """A progress bar; its counts follow the source's units."""

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
def progress_bar(label: str, *, counted: str = "recorded", hidden: bool = False) -> Iterator[Bar]:
    """Draw a progress bar while the block runs; `counted` is said after the number of what was made."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %", markup=False),
        TextColumn("{task.fields[recorded]} " + counted, markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=hidden) as progress:
        yield Bar(progress, progress.add_task(visible(label), total=None, recorded="0"))
