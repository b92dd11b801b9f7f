"""`waymark import git|jsonl|cloudevents`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from waymark.commands.options import ApiKey, AsJson, DataDir, Url
from waymark.connection import default_data_dir, resolve_connection
from waymark.console import Bar, console, errors, print_json, progress_bar
from waymark.imports.report import ImportReport
from waymark.imports.run import Target, import_cloudevents, import_git, import_jsonl

app = typer.Typer(no_args_is_help=True, help="Record what already happened: a git history, a file of events.")

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
    target = Target(resolve_connection(url, api_key, data_dir), data_dir or default_data_dir(), from_start)
    known_as = name or repository.resolve().name.removesuffix(".git") or str(repository)
    _run(f"git {known_as}", lambda bar: import_git(repository, known_as, target, bar), as_json=as_json)


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
    adds nothing, and a file that has grown adds its new lines.
    """
    target = Target(resolve_connection(url, api_key, data_dir), data_dir or default_data_dir(), from_start)
    _run(f"jsonl {file.name}", lambda bar: import_jsonl(file, target, bar), as_json=as_json)


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
    target = Target(resolve_connection(url, api_key, data_dir), data_dir or default_data_dir(), from_start)
    _run(f"cloudevents {file.name}", lambda bar: import_cloudevents(file, target, bar), as_json=as_json)


def _run(label: str, start: Callable[[Bar], Coroutine[Any, Any, ImportReport]], *, as_json: bool) -> None:
    with progress_bar(label, hidden=as_json) as bar:
        report = asyncio.run(start(bar))
    if as_json:
        rejections = [{"origin": origin, "reason": reason} for origin, reason in report.rejections]
        counts = {
            "read": report.read,
            "accepted": report.accepted,
            "repeated": report.repeated,
            "rejected": report.rejected,
        }
        print_json(counts | {"rejections": rejections})
    else:
        console.print(str(report))
        for origin, reason in report.rejections:
            errors.print(f"  {origin}: {reason}", markup=False)
    if report.rejected:
        raise typer.Exit(1)
