"""Reads a repository's history: an interaction for each file a commit touched, without merges, oldest commit first.

`git log` does the work; this module only reads its NUL-separated output, so its totals are git's own. What git holds
is recorded as far as an interaction can hold it: text that is not UTF-8 with U+FFFD, what is too long shortened, a time
that is none as null. Ids are made from the raw bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from libs.contracts.times import EARLIEST, LATEST, format_ms, to_ms
from waymark.errors import CommandFailed

GIT_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:git")
_ACTIONS = {"A": "ADDED", "M": "MODIFIED", "T": "MODIFIED", "D": "DELETED", "R": "RENAMED"}
_HEADER_FIELDS = 5
# The committer's seconds: its zone may be any number.
_FORMAT = "%H%x00%ae%x00%an%x00%ct%x00%s"
_COUNTS = re.compile(rb"^(\d+|-)\t(\d+|-)\t", re.DOTALL)
_READ_BYTES = 1 << 18
_SECONDS = re.compile(rb"-?\d{1,12}")
_PATH_CHARACTERS, _NAME_CHARACTERS, _TEXT_CHARACTERS = 1_024, 200, 4_000
_DIGEST_CHARACTERS = 12
_GIT = (
    "git",
    # The user's own configuration must not change what is read.
    *("-c", "core.quotePath=false"),
    *("-c", "diff.renames=true"),
    *("-c", "log.showRoot=true"),
    *("-c", "log.mailmap=false"),
    *("-c", "log.showSignature=false"),
    *("-c", "i18n.logOutputEncoding=UTF-8"),
)


class GitError(CommandFailed):
    """git failed; the message is its own."""


@dataclass(slots=True)
class FileChange:
    """One file a commit touched. Counts are None for binary files; `previous_path` is set for renames."""

    status: str
    path: bytes
    previous_path: bytes | None = None
    additions: int | None = None
    deletions: int | None = None


@dataclass(slots=True)
class Commit:
    """One commit and the files it touched. `committed_at` is git's text for seconds since 1970, and may be empty."""

    hash: str
    author_email: bytes
    author_name: bytes
    committed_at: bytes
    subject: bytes
    changes: list[FileChange] = field(default_factory=list)


class LogParser:
    """Folds the NUL-separated tokens of `git log --raw --numstat -z` with our format into commits, one by one.

    The tokens before it say whether a token is a path, a header field or the start of an entry, never its own text: a
    file may be named like a hash, and a subject may look like an entry.
    """

    def __init__(self) -> None:
        self._header: list[bytes] = []
        self._commit: Commit | None = None
        self._by_path: dict[bytes, FileChange] = {}
        self._status: str | None = None
        self._counts: tuple[int, int] | None = None
        self._paths: list[bytes] = []
        self._paths_wanted = 0

    def feed(self, token: bytes) -> Commit | None:
        """Take one token; returns the commit that it completes."""
        if self._paths_wanted:
            self._take_path(token)
            return None
        if self._header:
            self._take_header(token)
            return None
        return self._take_entry(token.removeprefix(b"\n"))

    def finish(self) -> Commit | None:
        """Return the last commit, after the end of the output."""
        commit, self._commit = self._commit, None
        return commit

    def _take_header(self, token: bytes) -> None:
        self._header.append(token)
        if len(self._header) == _HEADER_FIELDS:
            commit_hash, email, name, committed_at, subject = self._header
            self._commit = Commit(commit_hash.decode(), email, name, committed_at, subject)
            self._header, self._by_path = [], {}

    def _take_entry(self, entry: bytes) -> Commit | None:
        if not entry:
            return None
        if entry.startswith(b":"):
            self._status = entry.rsplit(b" ", 1)[1][:1].decode()
            self._paths_wanted = 2 if self._status == "R" else 1
            return None
        if counts := _COUNTS.match(entry):
            self._counts = None if counts[1] == b"-" else (int(counts[1]), int(counts[2]))
            self._take_counted(entry[counts.end() :])
            return None
        self._header = [entry]
        return self.finish()

    def _take_counted(self, path: bytes) -> None:
        if path:
            self._count(path)
        else:
            self._paths_wanted = 2

    def _take_path(self, path: bytes) -> None:
        self._paths.append(path)
        self._paths_wanted -= 1
        if self._paths_wanted:
            return
        *previous, path = self._paths
        self._paths = []
        if self._status is None:
            self._count(path)
            return
        assert self._commit is not None
        change = FileChange(self._status, path, previous_path=previous[0] if previous else None)
        self._status = None
        self._by_path[path] = change
        self._commit.changes.append(change)

    def _count(self, path: bytes) -> None:
        if self._counts is not None:
            self._by_path[path].additions, self._by_path[path].deletions = self._counts


def interactions(commit: Commit, repository: str) -> Iterator[dict[str, Any]]:
    """Yield the commit's interactions as items of `POST /api/interactions/batch`."""
    common = {"repository": repository, "subject": _text(commit.subject), "authorName": _text(commit.author_name)}
    author, committed_at = _author(commit.author_email), _timestamp(commit.committed_at)
    for change in commit.changes:
        path = change.path.decode("utf-8", errors="replace")
        data: dict[str, Any] = common | {"additions": change.additions, "deletions": change.deletions}
        if change.previous_path is not None:
            data["previousPath"] = _text(change.previous_path)
        yield {
            "interactionId": str(interaction_id(commit.hash, change.path)),
            "resourceType": "FILE",
            "resourceId": _shortened(path, _PATH_CHARACTERS),
            "action": _ACTIONS[change.status],
            "origin": "GIT",
            "uowId": commit.hash,
            "userId": author,
            "interactionTimestamp": committed_at,
            "interaction": data,
            "externalReference": f"{commit.hash}:{path}",
        }


def interaction_id(commit_hash: str, path: bytes) -> uuid.UUID:
    """Derive the UUIDv5 of `<hash>:<path>`, over the path's bytes, in the namespace `urn:waymark:git`."""
    digest = hashlib.sha1(GIT_NAMESPACE.bytes + commit_hash.encode() + b":" + path, usedforsecurity=False).digest()
    return uuid.UUID(bytes=digest[:16], version=5)


def _text(raw: bytes) -> str:
    return _shortened(raw.decode("utf-8", errors="replace"), _TEXT_CHARACTERS)


def _author(email: bytes) -> str | None:
    """Return the e-mail address in lower case, without what no user id may hold; None when nothing is left."""
    text = email.decode("utf-8", errors="replace").lower()
    return _shortened("".join(filter(str.isprintable, text)).strip(), _NAME_CHARACTERS) or None


def _timestamp(seconds: bytes) -> str | None:
    """Return the time in RFC 3339; None for a commit without one, or with one that no record can have."""
    if not _SECONDS.fullmatch(seconds) or not to_ms(EARLIEST) <= int(seconds) * 1000 <= to_ms(LATEST):
        return None
    return format_ms(int(seconds) * 1000)


def _shortened(text: str, limit: int) -> str:
    """Return at most `limit` characters; of a longer text its beginning, and a digest that tells it from others."""
    if len(text) <= limit:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{text[: limit - _DIGEST_CHARACTERS - 1]}~{digest}"


def source(repository: Path, name: str) -> str:
    """Name the repository for its checkpoint."""
    return f"{repository.resolve()}\n{name}"


async def resolve(repository: Path, revision: str) -> str | None:
    """Return the full hash of a revision's commit, None when the repository has no such commit."""
    code, out, _ = await _git(repository, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    return out.decode().strip() if code == 0 else None


async def head(repository: Path) -> str:
    """Return the full hash of HEAD's commit. Raises GitError, with the reason that git gives."""
    code, out, error = await _git(repository, "rev-parse", "--verify", "HEAD^{commit}")
    if code != 0:
        reason = (error.decode(errors="replace").strip().splitlines() or [""])[0].removeprefix("fatal: ")
        raise GitError(f"{repository} is not a git repository with a commit: {reason}")
    return out.decode().strip()


async def count_commits(repository: Path, revisions: Sequence[str]) -> int:
    """Count the commits that `read_commits` yields. Raises GitError."""
    code, out, error = await _git(repository, "rev-list", "--count", "--no-merges", *revisions, "--")
    if code != 0:
        raise GitError(error.decode(errors="replace").strip())
    return int(out)


async def read_commits(repository: Path, revisions: Sequence[str]) -> AsyncIterator[Commit]:
    """Yield the commits reachable from `revisions` (git's own notation), oldest first. Raises GitError."""
    options = ("--reverse", "--no-merges", "-M", "--raw", "--numstat", "--no-ext-diff", "--no-textconv", "-z")
    process = await _start_git(repository, "log", *options, f"--format={_FORMAT}", *revisions, "--")
    assert process.stdout is not None
    assert process.stderr is not None
    errors = asyncio.create_task(process.stderr.read())
    try:
        async for commit in _commits_of(process.stdout):
            yield commit
        if await process.wait() != 0:
            raise GitError((await errors).decode(errors="replace").strip())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await errors


async def _commits_of(stream: asyncio.StreamReader) -> AsyncIterator[Commit]:
    parser = LogParser()
    rest = b""
    while chunk := await stream.read(_READ_BYTES):
        *tokens, rest = (rest + chunk).split(b"\0")
        for token in tokens:
            if (commit := parser.feed(token)) is not None:
                yield commit
    if (commit := parser.finish()) is not None:
        yield commit


async def _git(repository: Path, *arguments: str) -> tuple[int, bytes, bytes]:
    process = await _start_git(repository, *arguments)
    out, error = await process.communicate()
    return process.returncode or 0, out, error


async def _start_git(repository: Path, *arguments: str) -> asyncio.subprocess.Process:
    """Start git on the repository, whichever one its own variables (GIT_DIR, …) name. Raises GitError without git."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        return await asyncio.create_subprocess_exec(
            *_GIT,
            *("-C", str(repository), *arguments),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError:
        raise GitError("git is not installed: the import reads the history by its `git log`") from None
