"""The git importer reads a history exactly as git tells it."""

from __future__ import annotations

import subprocess
import uuid
from collections import Counter
from pathlib import Path

import pytest

from tests.support.git_repository import (
    make_awkward_repository,
    make_large_repository,
    make_odd_commit,
    make_wide_repository,
)
from waymark.imports.git_history import (
    GIT_NAMESPACE,
    Commit,
    FileChange,
    GitError,
    count_commits,
    head,
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


@pytest.mark.parametrize(
    ("committer", "time"),
    [
        (b"C <c@d> 1500000000 +051800", "2017-07-14T02:40:00.000Z"),
        (b"C <c@d> 1500000000 -9999", "2017-07-14T02:40:00.000Z"),
        (b"C <c@d> 0 +0000", "1970-01-01T00:00:00.000Z"),
        (b"C <c@d> 253402300799 +0000", "9999-12-31T23:59:59.000Z"),
        (b"C <c@d> 253402300800 +0000", None),
        (b"C <c@d> 18446744073709551614 +0000", None),
        (b"C <c@d> 99999999999999999999 +0000", None),
        (b"C <c@d> -5 +0000", None),
        (b"C <c@d> soon", None),
        (b"C <c@d>", None),
        (b"", None),
    ],
)
async def test_any_date_that_git_holds_is_taken_by_its_seconds(
    tmp_path: Path, committer: bytes, time: str | None
) -> None:
    make_odd_commit(tmp_path, committer=committer)
    [item] = [item for commit in await _read(tmp_path) for item in interactions(commit, "odd")]
    assert item["interactionTimestamp"] == time


@pytest.mark.parametrize(
    ("seconds", "time"),
    [(b"-62135596800", "0001-01-01T00:00:00.000Z"), (b"-62135596801", None), (b"-1", "1969-12-31T23:59:59.000Z")],
)
def test_seconds_before_1970_are_a_time_where_git_gives_them(seconds: bytes, time: str | None) -> None:
    commit = Commit("00", b"", b"", seconds, b"", [FileChange("A", b"a")])
    assert next(interactions(commit, "old"))["interactionTimestamp"] == time


@pytest.mark.parametrize(
    ("email", "user"),
    [
        (b"Ada@Example.ORG", "ada@example.org"),
        (b" a\tb\x1b[31m\xe2\x80\xa8@c ", "ab[31m@c"),
        (b"", None),
        (b"\t", None),
        ("zoë@例え.jp".encode(), "zoë@例え.jp"),
        (b"\xff@x", "\ufffd@x"),
    ],
)
def test_an_address_is_cleaned(email: bytes, user: str | None) -> None:
    assert next(interactions(Commit("00", email, b"", b"", b"", [FileChange("A", b"a")]), "r"))["userId"] == user


def test_what_is_too_long_is_shortened_and_stays_apart() -> None:
    changes = [FileChange("A", b"p" * 3_000 + end) for end in (b"1", b"2")]
    commit = Commit("00", b"e" * 500, b"n" * 10_000, b"", b"s" * 2_000_000, changes)
    first, second = interactions(commit, "long")
    assert len(first["userId"]) == 200
    assert len(first["resourceId"]) == 1_024
    assert first["resourceId"] != second["resourceId"]
    assert first["externalReference"].endswith("p1")
    assert len(first["interaction"]["subject"]) == len(first["interaction"]["authorName"]) == 4_000


async def test_the_variables_of_another_repository_change_nothing(
    awkward: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = [commit.hash for commit in await _read(awkward)]
    other = make_wide_repository(tmp_path / "other", files=1)
    for name, value in (("GIT_DIR", other / ".git"), ("GIT_WORK_TREE", other), ("GIT_NAMESPACE", "x")):
        monkeypatch.setenv(name, str(value))
    assert [commit.hash for commit in await _read(awkward)] == commits
    assert await head(awkward) == commits[-1]


async def test_without_git_it_is_told(awkward: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="git is not installed"):
        await head(awkward)


async def test_the_reason_that_git_gives_is_told(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="is not a git repository with a commit: not a git repository"):
        await head(tmp_path)


async def test_a_repository_that_is_none_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not a git repository"):
        await _read(tmp_path)
