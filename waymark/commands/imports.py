"""`waymark import git|jsonl|cloudevents`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from libs.lazy import lazy_imports
from waymark.commands.options import ApiKey, AsJson, DataDir, Url, group

with lazy_imports():
    from waymark import connection, console, progress
    from waymark.imports import report, run

app = group("Record what already happened: a git history, a file of events.")

FromStart = Annotated[
    bool, typer.Option("--from-start", help="Pass over the checkpoint. Nothing is recorded twice either way.")
]


@app.command("git")
def git_command(
    repository: Annotated[Path, typer.Argument(help="A repository, bare or with a work tree.", exists=True)],
    name: Annotated[str | None, typer.Option("--name", help="What to call it. Default: its folder's name.")] = None,
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
    from_start: FromStart = False,
    as_json: AsJson = False,
) -> None:
    """Record a repository's history: one interaction for each file a commit touched, oldest commit first.

    The unit of work is the commit, the user its author, the event time its committer date; merges are left out. Can be
    stopped and run again at any time: it goes on where it stood, and importing twice adds nothing.
    """
    target = _target(url, api_key, data_dir, from_start=from_start)
    # A name on a command line may be any bytes.
    given = os.fsencode(name or repository.resolve().name.removesuffix(".git") or str(repository))
    known_as = given.decode(errors="replace")
    _run(f"git {known_as}", lambda bar: run.import_git(repository, known_as, target, bar), as_json=as_json)


@app.command("jsonl")
def jsonl_command(
    file: Annotated[Path, typer.Argument(help="One JSON object a line.", exists=True, dir_okay=False)],
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
    from_start: FromStart = False,
    as_json: AsJson = False,
) -> None:
    """Record a file of JSON lines: interactions as `POST /api/interactions/batch` takes them, or events as
    `POST /api/v1/events` does, whose lines have an `eventType`.

    A line without an `interactionId` (an event's `id`) gets one from its number and text, so importing the file again
    adds nothing, and a file that has grown adds its new lines. Lines that are rejected stay open: the next import sends
    them again, mended or not.
    """
    target = _target(url, api_key, data_dir, from_start=from_start)
    _run(f"jsonl {file.name}", lambda bar: run.import_jsonl(file, target, bar), as_json=as_json)


@app.command("cloudevents")
def cloudevents_command(
    file: Annotated[
        Path, typer.Argument(help="A JSON array (a batch), or one event a line.", exists=True, dir_okay=False)
    ],
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
    from_start: FromStart = False,
    as_json: AsJson = False,
) -> None:
    """Record a file of CloudEvents 1.0 in JSON.

    An event is known by its `source` and `id`, so importing the file again adds nothing. Can be stopped and run again
    at any time: it goes on where it stood.
    """
    target = _target(url, api_key, data_dir, from_start=from_start)
    _run(f"cloudevents {file.name}", lambda bar: run.import_cloudevents(file, target, bar), as_json=as_json)


def _target(url: str | None, api_key: str | None, data_dir: Path | None, *, from_start: bool) -> run.Target:
    found = connection.resolve_connection(url, api_key, data_dir)
    return run.Target(found, data_dir or connection.default_data_dir(), from_start)


def _run(
    label: str, start: Callable[[progress.Bar], Coroutine[Any, Any, report.ImportReport]], *, as_json: bool
) -> None:
    with progress.progress_bar(label, hidden=as_json) as bar:
        done = asyncio.run(start(bar))
    if as_json:
        rejections = [{"origin": origin, "reason": reason} for origin, reason in done.rejections]
        counts = {
            "read": done.read,
            "accepted": done.accepted,
            "repeated": done.repeated,
            "rejected": done.rejected,
        }
        console.print_json(counts | {"rejections": rejections})
    else:
        console.print_plain(str(done))
        for origin, reason in done.rejections:
            console.warn(f"  {origin}: {reason}")
        if done.rejected:
            console.warn("What was rejected stays open: mend what was wrong and import again, and it is tried again.")
    if done.rejected:
        raise typer.Exit(1)
