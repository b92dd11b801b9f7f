"""Runs an import from its source to the server, with checkpoint and progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from waymark.client.asynchronous.driver import AsyncDriver
from waymark.connection import Connection
from waymark.imports import elements, git_history, jsonl
from waymark.imports.batches import send_all
from waymark.imports.checkpoint import Checkpoint, load_checkpoint
from waymark.imports.items import CLOUD_EVENTS, INTERACTIONS, Destination, ImportItem
from waymark.imports.report import ImportReport

_encoder = msgspec.json.Encoder()


class Progress(Protocol):
    """Shows how far an import is; units are the source's own (commits, bytes)."""

    def total(self, units: int) -> None:
        """Expect this many units."""
        ...

    def at(self, units: int, recorded: int) -> None:
        """Show that `units` are done, which made `recorded` records."""
        ...

    def waiting(self, why: str) -> None:
        """Show why items are sent again."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """The server that an import goes to, and the directory of its checkpoint."""

    connection: Connection
    data_dir: Path
    from_start: bool = False

    async def checkpoint(
        self, driver: AsyncDriver, kind: str, source: str, to: Destination = INTERACTIONS
    ) -> Checkpoint:
        """Load the checkpoint of a source on this server."""
        return await load_checkpoint(
            self.data_dir, self.connection, driver, kind=kind, source=source, fresh=self.from_start, to=to
        )


async def import_git(repository: Path, name: str, target: Target, progress: Progress) -> ImportReport:
    """Record a repository's history up to HEAD; what an earlier run recorded is passed over.

    Raises GitError, ServerRefused.
    """
    async with target.connection.importing() as driver:
        checkpoint = await target.checkpoint(driver, "git", git_history.source(repository, name))
        head = await _head(repository, checkpoint)
        revisions = await _revisions(repository, checkpoint, head)
        skip = checkpoint.place["commits"]
        progress.total(await git_history.count_commits(repository, revisions))
        items = _git_items(repository, revisions, name, skip)
        report = await send_all(driver, items, done=_saver(checkpoint, progress, "commits"), waiting=progress.waiting)
        checkpoint.place = {"recorded": head}
        checkpoint.first_id = checkpoint.first_id or report.first_id
        checkpoint.save()
        return report


async def _head(repository: Path, checkpoint: Checkpoint) -> str:
    """Choose the commit to import up to: an interrupted run's while it exists, so that its count of commits fits."""
    if unfinished := checkpoint.place.get("head"):
        if found := await git_history.resolve(repository, unfinished):
            return found
        checkpoint.place = {}
    head = await git_history.resolve(repository, "HEAD")
    if head is None:
        raise git_history.GitError(f"{repository} is not a git repository with a commit")
    checkpoint.place = {"head": head, "commits": 0, "recorded": checkpoint.place.get("recorded")}
    return head


async def _revisions(repository: Path, checkpoint: Checkpoint, head: str) -> list[str]:
    recorded = checkpoint.place.get("recorded")
    if recorded and await git_history.resolve(repository, recorded):
        return [head, f"^{recorded}"]
    return [head]


async def _git_items(repository: Path, revisions: list[str], name: str, skip: int) -> AsyncIterator[ImportItem]:
    number = 0
    async for commit in git_history.read_commits(repository, revisions):
        number += 1
        if number <= skip:
            continue
        items = list(git_history.interactions(commit, name))
        for index, item in enumerate(items, start=1):
            done = number if index == len(items) else number - 1
            yield ImportItem(
                _encoder.encode(item), origin=item["externalReference"], resume={"commits": done}, unit=item["uowId"]
            )


async def import_jsonl(file: Path, target: Target, progress: Progress) -> ImportReport:
    """Record a file of JSON lines; what an earlier run recorded is passed over. Raises OSError, ServerRefused.

    Its first line says whether they are interactions or events.
    """
    to = await asyncio.to_thread(jsonl.destination_of, file)
    return await _import_file("jsonl", file, jsonl.read_items, to, target, progress)


async def import_cloudevents(file: Path, target: Target, progress: Progress) -> ImportReport:
    """Record a file of CloudEvents, a JSON array (a batch) or JSON lines; else as `import_jsonl`."""
    is_array = await asyncio.to_thread(elements.is_array, file)
    read = elements.read_items if is_array else jsonl.read_items
    return await _import_file("cloudevents", file, read, CLOUD_EVENTS, target, progress)


async def _import_file(
    kind: str,
    file: Path,
    read: Callable[..., AsyncIterator[ImportItem]],
    to: Destination,
    target: Target,
    progress: Progress,
) -> ImportReport:
    async with target.connection.importing() as driver:
        checkpoint = await target.checkpoint(driver, kind, jsonl.source(file), to)
        place = checkpoint.place or {"offset": 0, "number": 1}
        progress.total(jsonl.size_bytes(file))
        items = read(file, offset=place["offset"], number=place["number"], to=to)
        saver = _saver(checkpoint, progress, "offset")
        return await send_all(driver, items, done=saver, waiting=progress.waiting, to=to)


def _saver(checkpoint: Checkpoint, progress: Progress, unit: str) -> Callable[[ImportReport, object], None]:
    def done(report: ImportReport, resume: object) -> None:
        assert isinstance(resume, Mapping)
        place: dict[str, Any] = checkpoint.place | dict(resume)
        checkpoint.place = place
        checkpoint.first_id = checkpoint.first_id or report.first_id
        checkpoint.save()
        progress.at(place[unit], report.accepted)

    return done
