"""Repositories made by `git fast-import`: small awkward ones and large believable ones, the same for the same seed."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_START = 1_500_000_000
_SUFFIXES = (".py", ".md", ".sql", ".ts", ".toml")


@dataclass
class _Tree:
    random: random.Random
    files: list[str] = field(default_factory=list)
    made: int = 0

    def change(self) -> bytes:
        """One file command; a file is touched at most once in a commit by the caller's choice of distinct commands."""
        kind = self.random.random()
        if not self.files or kind < 0.25:
            return self._add()
        at = self.random.randrange(len(self.files))
        path = self.files[at]
        if kind < 0.30:
            self.files[at] = self.files[-1]
            self.files.pop()
            return f"D {path}\n".encode()
        if kind < 0.35:
            self.files[at] = self._name()
            return f"R {path} {self.files[at]}\n".encode()
        return self._write(path)

    def _add(self) -> bytes:
        self.files.append(self._name())
        return self._write(self.files[-1])

    def _name(self) -> str:
        self.made += 1
        suffix = self.random.choice(_SUFFIXES)
        return f"src/part{self.made % 97}/module{self.made % 1009}/file_{self.made}{suffix}"

    def _write(self, path: str) -> bytes:
        lines = [f"{path} {line} {self.random.random()}" for line in range(self.random.randrange(1, 30))]
        body = ("\n".join(lines) + "\n").encode()
        return b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(body), body)


def make_large_repository(path: Path, *, commits: int, seed: int = 7) -> Path:
    """A history of `commits` non-merge commits by 40 authors with additions, changes, deletions, renames and merges."""
    _init(path)
    _fast_import(path, _large_history(random.Random(seed), commits))
    return path


def _large_history(source: random.Random, commits: int) -> Iterator[bytes]:
    tree = _Tree(source)
    for number in range(1, commits + 1):
        author = f"Person {number * number % 40} <Person.{number * number % 40}@Example.org>"
        subject = f"Change {number}: as asked"
        yield _commit_head("refs/heads/main", number, author, _START + number * 600, subject)
        if number > 1:
            yield f"from :{number - 1}\n".encode()
        for _ in range(source.choice((1, 1, 1, 2, 3, 5, 12))):
            yield tree.change()
        yield b"\n"


def make_wide_repository(path: Path, *, files: int) -> Path:
    """Three commits, of which the second adds that many files."""
    _init(path)
    _fast_import(path, _wide_history(files))
    return path


def _wide_history(files: int) -> Iterator[bytes]:
    author = "Ada Lovelace <ada@example.org>"
    for number, count in enumerate((1, files, 1), start=1):
        yield _commit_head("refs/heads/main", number, author, _START + number, f"commit {number}")
        yield f"from :{number - 1}\n".encode() if number > 1 else b""
        yield from (_file(b"%d/%d" % (number, at), b"x") for at in range(count))
        yield b"\n"


def make_awkward_repository(path: Path) -> Path:
    """One of everything: root, rename, type and mode change, binary, merge, empty commit, names that are not UTF-8."""
    _init(path)
    _fast_import(path, _awkward_history())
    return path


def _awkward_history() -> Iterator[bytes]:
    text = b"".join(b"line %d\n" % line for line in range(40))
    hash_like = b"0123456789abcdef0123456789abcdef01234567"
    author = "Ada Lovelace <Ada@Example.ORG>"
    yield _commit_head("refs/heads/main", 1, author, _START, "root :100644 looks like an entry")
    yield _file(b"a.txt", text) + _file(b"bin.dat", bytes(range(256))) + _file(hash_like, b"named like a hash\n")
    yield (
        _file(b'"caf\\303\\251/na\\tme \\"q\\".txt"', b"quoted\n") + _file(b'"latin-\\351.txt"', b"not UTF-8\n") + b"\n"
    )
    yield _commit_head("refs/heads/main", 2, author, _START + 60, hash_like.decode())
    yield b"from :1\nR a.txt moved/b.txt\nD bin.dat\n\n"
    yield _commit_head("refs/heads/main", 3, author, _START + 120, "1\t2\tlooks like a count")
    yield b"from :2\n" + _file(hash_like, b"moved/b.txt", mode=b"120000")
    yield _file(b"moved/b.txt", text, mode=b"100755") + _file(b"a.txt", b"new a\n") + b"\n"
    yield _commit_head("refs/heads/side", 4, "Grace <grace@example.org>", _START + 90, "side") + b"from :2\n"
    yield _file(b"side.txt", b"side\n") + b"\n"
    yield _commit_head("refs/heads/main", 5, author, _START + 180, "merge") + b"from :3\nmerge :4\n"
    yield _file(b"side.txt", b"side\n") + b"\n"
    yield _commit_head("refs/heads/main", 6, "Nobody <>", _START + 240, "empty") + b"from :5\n\n"
    yield _commit_head("refs/heads/main", 7, author, _START + 300, "") + b"from :6\n" + _file(b"z", b"") + b"\n"


def _file(path: bytes, body: bytes, mode: bytes = b"100644") -> bytes:
    return b"M %s inline %s\ndata %d\n%s\n" % (mode, path, len(body), body)


def _commit_head(branch: str, mark: int, author: str, at: int, subject: str) -> bytes:
    message = subject.encode()
    who = f"author {author} {at} +0200\ncommitter Committer <committer@example.org> {at + 5} +0200\n"
    return f"commit {branch}\nmark :{mark}\n{who}data {len(message)}\n".encode() + message + b"\n"


def make_odd_commit(path: Path, *, committer: bytes, author: bytes = b"Ada <ada@example.org> 0 +0000") -> str:
    """Make a repository with one commit whose author and committer are these bytes, as no git would write them."""
    _init(path)
    git = ["git", "-C", str(path)]
    _fast_import(path, iter([_commit_head("refs/heads/main", 1, "A <a@b>", _START, "m"), _file(b"a", b"a"), b"\n"]))
    tree = subprocess.run([*git, "rev-parse", "main^{tree}"], check=True, capture_output=True).stdout.strip()
    commit = b"tree %s\nauthor %s\n%s\nm\n" % (tree, author, b"committer %s\n" % committer if committer else b"")
    write = [*git, "hash-object", "-t", "commit", "-w", "--literally", "--stdin"]
    commit_hash = subprocess.run(write, check=True, capture_output=True, input=commit).stdout.decode().strip()
    subprocess.run([*git, "update-ref", "refs/heads/main", commit_hash], check=True)
    return commit_hash


def _init(path: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(path)], check=True)


def _fast_import(path: Path, commands: Iterator[bytes]) -> None:
    process = subprocess.Popen(["git", "-C", str(path), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    for command in commands:
        process.stdin.write(command)
    process.stdin.close()
    if process.wait() != 0:
        raise RuntimeError("git fast-import failed")
