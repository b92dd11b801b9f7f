"""The git importer reads a history exactly as git tells it."""

from __future__ import annotations

import subprocess
import uuid
from collections import Counter
from pathlib import Path

import pytest

from tests.support.git_repository import make_awkward_repository, make_large_repository
from waymark.imports.git_history import (
    GIT_NAMESPACE,
    Commit,
    GitError,
    count_commits,
    interaction_id,
    interactions,
    read_commits,
)


async def _read(repository: Path, *revisions: str) -> list[Commit]:
    return [commit async for commit in read_commits(repository, revisions or ("HEAD",))]


def _name_status(repository: Path) -> Counter[tuple[bytes, str]]:
    """What git itself says, by a separate path: status letters and paths per commit."""
    command = ["git", "-C", str(repository), "log", "--no-merges", "-M", "--name-status", "-z", "--format=%x02%H"]
    out = subprocess.run(command, check=True, capture_output=True).stdout
    found: Counter[tuple[bytes, str]] = Counter()
    for block in out.split(b"\x02")[1:]:
        tokens = [token.strip(b"\n") for token in block.split(b"\0")]
        commit_hash, rest = tokens[0].decode(), tokens[1:]
        while rest and rest[0]:
            renamed = rest[0].startswith(b"R")
            found[(rest[2 if renamed else 1], commit_hash)] += 1
            rest = rest[3 if renamed else 2 :]
    return found


@pytest.fixture(scope="module")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_awkward_repository(tmp_path_factory.mktemp("git") / "awkward")


async def test_agrees_with_name_status_on_every_commit_and_path(awkward: Path) -> None:
    read = Counter((change.path, commit.hash) for commit in await _read(awkward) for change in commit.changes)
    assert read == _name_status(awkward)


async def test_agrees_with_name_status_on_a_larger_history(tmp_path: Path) -> None:
    repository = make_large_repository(tmp_path / "large", commits=400)
    commits = await _read(repository)
    read = Counter((change.path, commit.hash) for commit in commits for change in commit.changes)
    assert read == _name_status(repository)
    assert len(commits) == await count_commits(repository, ["HEAD"]) == 400


async def test_oldest_first_without_merges_and_with_empty_commits(awkward: Path) -> None:
    subjects = [commit.subject.decode() for commit in await _read(awkward)]
    assert subjects[0].startswith("root")
    assert "merge" not in subjects
    assert subjects[-2:] == ["empty", ""]
    assert subjects == [
        commit.subject.decode() for commit in sorted(await _read(awkward), key=lambda c: c.committed_at)
    ]


async def test_items_carry_what_the_import_promises(awkward: Path) -> None:
    items = [item for commit in await _read(awkward) for item in interactions(commit, "awkward")]
    by_key = {(item["action"], item["resourceId"]): item for item in reversed(items)}
    renamed = by_key["RENAMED", "moved/b.txt"]
    assert renamed["interaction"]["previousPath"] == "a.txt"
    assert renamed["userId"] == "ada@example.org"
    assert renamed["interactionTimestamp"] == "2017-07-14T02:41:05.000Z"
    assert renamed["externalReference"] == f"{renamed['uowId']}:moved/b.txt"
    assert renamed["interactionId"] == str(uuid.uuid5(GIT_NAMESPACE, f"{renamed['uowId']}:moved/b.txt"))
    assert by_key["ADDED", "bin.dat"]["interaction"]["additions"] is None
    assert by_key["ADDED", "a.txt"]["interaction"]["additions"] == 40
    assert ("MODIFIED", "0123456789abcdef0123456789abcdef01234567") in by_key
    assert ("ADDED", "latin-\ufffd.txt") in by_key
    assert ("ADDED", 'café/na\tme "q".txt') in by_key
    assert by_key["ADDED", "z"]["interaction"]["subject"] == ""


def test_ids_of_paths_that_read_alike_differ() -> None:
    assert interaction_id("00", b"latin-\xe9") != interaction_id("00", "latin-\ufffd".encode())


async def test_a_repository_that_is_none_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not a git repository"):
        await _read(tmp_path)
