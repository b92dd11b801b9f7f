"""The facts of a repository's history by git's own words, with none of the importer's code."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.support.monitoring.plain_walk import Fact

_MARK = "\x02"
_ACTIONS = {"A": "ADDED", "M": "MODIFIED", "T": "MODIFIED", "D": "DELETED", "R": "RENAMED"}


def git_facts(repository: Path) -> list[Fact]:
    """Return a fact for each file that a commit touched, oldest commit first, merges left out.

    A renamed file has no `additions`.
    """
    counts = dict(_additions(repository))
    return [
        Fact(f"FILE.{_ACTIONS[status[0]]}", at_ms, commit, properties)
        for commit, author, at_ms, status, path in _changes(repository)
        if (properties := {"resourceId": path, "userId": author, **counts.get((commit, path), {})})
    ]


def git_counts(repository: Path) -> Iterator[tuple[str, int, int | None]]:
    """Yield the author of each file change, the commit's time, and the lines added: None of a binary file."""
    for head, lines in _blocks(repository, "--numstat"):
        _, author, seconds = head.split("\t")
        for line in lines:
            added = line.split("\t")[0]
            yield author.lower(), int(seconds) * 1000, None if added == "-" else int(added)


def _changes(repository: Path) -> Iterator[tuple[str, str, int, str, str]]:
    for head, lines in _blocks(repository, "--name-status"):
        commit, author, seconds = head.split("\t")
        for line in lines:
            status, *paths = line.split("\t")
            yield commit, author.lower(), int(seconds) * 1000, status, paths[-1]


def _additions(repository: Path) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    for head, lines in _blocks(repository, "--numstat"):
        for line in lines:
            added, _, path = line.split("\t")
            # A binary file has no count, which is a null, and so the empty text.
            yield (head.split("\t")[0], path), {"additions": "" if added == "-" else added}


def _blocks(repository: Path, what: str) -> Iterator[tuple[str, list[str]]]:
    command = ["git", "-C", str(repository), "-c", "core.quotePath=false", "log", "--reverse", "--no-merges", "-M"]
    command += [what, f"--format={_MARK}%H%x09%ae%x09%ct"]
    out = subprocess.run(command, check=True, capture_output=True).stdout
    for block in out.decode(errors="replace").split(_MARK)[1:]:
        head, *lines = [line for line in block.split("\n") if line]
        yield head, lines
