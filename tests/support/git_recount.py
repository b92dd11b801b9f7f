"""Counts a repository's history with git's own words and none of the importer's code."""

from __future__ import annotations

import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

_MARK = "\x02"


@dataclass
class Recount:
    """How many file changes there are: in all, and by author, path, commit and day of the committer date (UTC)."""

    total: int = 0
    by_author: Counter[str] = field(default_factory=Counter)
    by_path: Counter[str] = field(default_factory=Counter)
    by_commit: Counter[str] = field(default_factory=Counter)
    by_day: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)
    commits: list[str] = field(default_factory=list)


def recount(repository: Path) -> Recount:
    """What `git log --name-status` says, merges left out, oldest first."""
    command = ["git", "-C", str(repository), "-c", "core.quotePath=false", "log", "--reverse", "--no-merges", "-M"]
    command += ["--name-status", "--date=format-local:%Y-%m-%d", f"--format={_MARK}%H%x09%ae%x09%cd"]
    out = subprocess.run(command, check=True, capture_output=True, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"}).stdout
    found = Recount()
    for block in out.decode(errors="replace").split(_MARK)[1:]:
        head, *changes = [line for line in block.split("\n") if line]
        commit, author, day = head.split("\t")
        found.commits.append(commit)
        for change in changes:
            status, *paths = change.split("\t")
            found.total += 1
            found.by_author[author.lower()] += 1
            found.by_path[paths[-1]] += 1
            found.by_commit[commit] += 1
            found.by_day[day] += 1
            found.by_status[status[0]] += 1
    return found
