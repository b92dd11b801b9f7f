"""Runs an import from its source to the server, with checkpoint and progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
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
from waymark.imports.lines_done import LinesDone
from waymark.imports.places import BatchDone, BeforeFirstRejected, seen
from waymark.imports.report import ImportReport

_encoder = msgspec.json.Encoder()


class Progress(Protocol):
    """Shows an import's progress; units are the source's own (commits, bytes)."""

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
        done = BeforeFirstRejected(checkpoint.place)
        skip = done.place["commits"]
        commits = await git_history.count_commits(repository, revisions)
        progress.total(commits)
        progress.at(skip, 0)

        def through(report: ImportReport, batch: BatchDone) -> None:
            done.take(batch)
            checkpoint.keep(done.place, report.first_id)
            assert isinstance(batch.resume, Mapping)
            progress.at(batch.resume["commits"], report.accepted)

        items = _git_items(repository, revisions, name, skip)
        report = await send_all(driver, items, done=through, waiting=progress.waiting)
        # While a commit is open all since the last complete import is read again, up to the HEAD of then.
        checkpoint.keep({"recorded": done.place["recorded"] if done.is_open else head}, report.first_id)
        progress.at(commits, report.accepted)
        return report


async def _head(repository: Path, checkpoint: Checkpoint) -> str:
    """Choose the commit to import up to: an interrupted run's while it exists, so that its count of commits fits."""
    if unfinished := checkpoint.place.get("head"):
        if found := await git_history.resolve(repository, unfinished):
            return found
        checkpoint.place = {}
    head = await git_history.head(repository)
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
        before = {"commits": number - 1}
        for index, item in enumerate(items, start=1):
            yield ImportItem(
                _encoder.encode(item),
                origin=item["externalReference"],
                # A commit that was cut in two is through with its last item.
                resume={"commits": number} if index == len(items) else before,
                unit=item["uowId"],
                again=before,
            )


async def import_jsonl(file: Path, target: Target, progress: Progress) -> ImportReport:
    """Record a file of JSON lines; what an earlier run recorded is passed over. Raises OSError, ServerRefused.

    Its first line says whether they are interactions or events.
    """
    to = await asyncio.to_thread(jsonl.destination_of, file)
    return await _import_lines("jsonl", file, to, target, progress)


async def import_cloudevents(file: Path, target: Target, progress: Progress) -> ImportReport:
    """Record a file of CloudEvents, a JSON array (a batch) or JSON lines; else as `import_jsonl`."""
    if await asyncio.to_thread(elements.is_array, file):
        return await _import_elements(file, target, progress)
    return await _import_lines("cloudevents", file, CLOUD_EVENTS, target, progress)


async def _import_lines(kind: str, file: Path, to: Destination, target: Target, progress: Progress) -> ImportReport:
    async with target.connection.importing() as driver:
        checkpoint = await target.checkpoint(driver, kind, jsonl.source(file), to)
        lines = LinesDone(file, checkpoint.place)
        known = lines.stretches[-1].start
        progress.total(jsonl.size_bytes(file))
        progress.at(known, 0)

        def through(report: ImportReport, batch: BatchDone) -> None:
            lines.take(batch)
            checkpoint.keep(lines.place, report.first_id)
            assert isinstance(batch.resume, Mapping)
            progress.at(max(known, batch.resume["offset"]), report.accepted)

        items = jsonl.read_items(file, lines.stretches, to=to)
        report = await send_all(driver, items, done=through, waiting=progress.waiting, to=to)
        await asyncio.to_thread(lines.advance, known)
        checkpoint.keep(lines.place, report.first_id)
        return report


async def _import_elements(file: Path, target: Target, progress: Progress) -> ImportReport:
    async with target.connection.importing() as driver:
        checkpoint = await target.checkpoint(driver, "cloudevents", jsonl.source(file), CLOUD_EVENTS)
        done = BeforeFirstRejected(_known_elements(file, checkpoint.place))
        progress.total(jsonl.size_bytes(file))
        progress.at(done.place["offset"], 0)

        def through(report: ImportReport, batch: BatchDone) -> None:
            done.take(batch)
            checkpoint.keep(done.place | {"seen": seen(file, done.place["offset"])}, report.first_id)
            assert isinstance(batch.resume, Mapping)
            progress.at(batch.resume["offset"], report.accepted)

        items = elements.read_items(file, offset=done.place["offset"], number=done.place["number"])
        return await send_all(driver, items, done=through, waiting=progress.waiting, to=CLOUD_EVENTS)


def _known_elements(file: Path, place: Mapping[str, Any]) -> dict[str, Any]:
    """Return the place in an array up to which it is the same as it was; its beginning otherwise."""
    if place and place.get("seen") == seen(file, place["offset"]):
        return dict(place)
    return {"offset": 0, "number": 1}
