"""Builds and checks the console's pages, each only where something has changed since; one process at a time.

A build is complete or not there: made beside its place and renamed, so that whoever serves it meets no half of one.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from deploy.console.node import ROOT, Node, find_node

WEB = ROOT / "services" / "console" / "web"
DOCUMENT = ROOT / "docs" / "openapi.json"
_MADE = frozenset(("node_modules", "dist"))
_NPM = {
    # As uv in the Makefile: a proxy's own certificates are those that the system trusts.
    "NODE_USE_SYSTEM_CA": "1",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_update_notifier": "false",
    "npm_config_prefer_offline": "true",
    # A registry that is away is told of in a minute, not in ten.
    "npm_config_fetch_timeout": "30000",
    "npm_config_fetch_retries": "1",
    "npm_config_fetch_retry_mintimeout": "1000",
    "npm_config_fetch_retry_maxtimeout": "5000",
}
_AWAY = re.compile(
    r"code (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT"
    r"|E[45]\d\d)\b"
)
"""Codes of npm for a network or a registry that does not answer as it should."""
_OUTPUT_CHARS = 4_000
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class StepFailed(RuntimeError):
    """A step failed; the message names it, and ends with its output."""


class RegistryAway(StepFailed):
    """npm's registry gave no packages; the message is one line."""


class Stamp(NamedTuple):
    """A file that says from which inputs something was made."""

    path: Path
    digest: str

    def holds(self) -> bool:
        """Return whether it was made from these very inputs."""
        return self.path.is_file() and self.path.read_text(encoding="ascii") == self.digest

    def put(self) -> None:
        """Say that it is made."""
        self.path.write_text(self.digest, encoding="ascii")


class Web:
    """The sources of the pages, which know the API by its `document`, and what is made of them beside them."""

    def __init__(self, directory: Path = WEB, document: Path = DOCUMENT) -> None:
        self.directory = directory
        self.dist = directory / "dist"
        self._document = document
        self._packages = directory / "node_modules"

    def build(self) -> None:
        """Build the pages into `dist`, unless they are built from these sources. Raises StepFailed, NodeMissing."""
        if self._built().holds():
            return
        with _alone(self.directory):
            built = self._built()
            if not built.holds():  # else another process has built them meanwhile
                self._build(built)

    def write_types(self) -> None:
        """Write the types of the API anew from its document. Raises as `build` does."""
        with _alone(self.directory):
            self._npm(self._with_packages(), "run", "types")

    def check(self) -> None:
        """Check types, form and rules, and whether they know the API as documented. Raises as `build` does."""
        with _alone(self.directory):
            checked = Stamp(self._packages / ".checked", digest_of([*self._sources(), self._document]))
            if not checked.holds():
                node = self._with_packages()
                self._check_types(node)
                self._npm(node, "run", "check")
                checked.put()

    def _check_types(self, node: Node) -> None:
        try:
            self._npm(node, "run", "types:check")
        except StepFailed as error:
            raise StepFailed(f"{error}\n`python -m deploy.console types` writes the types of the API anew") from None

    def _build(self, built: Stamp) -> None:
        print("Building the console, since its sources changed", flush=True)
        partial = self._packages / ".dist"
        self._npm(self._with_packages(), "run", "build", "--", "--outDir", str(partial), "--emptyOutDir")
        built._replace(path=partial / built.path.name).put()
        shutil.rmtree(self.dist, ignore_errors=True)
        partial.rename(self.dist)

    def _built(self) -> Stamp:
        return Stamp(self.dist / ".built", digest_of(self._sources()))

    def _sources(self) -> list[Path]:
        return sorted(
            path for entry in self.directory.iterdir() if entry.name not in _MADE for path in _files_below(entry)
        )

    def _with_packages(self) -> Node:
        """Install the packages of the lock file, unless they are there, and return the Node to run them with."""
        node = find_node()
        installed = Stamp(self._packages / ".installed", digest_of([self.directory / "package-lock.json"]))
        if not installed.holds():
            print("Installing the packages of the console's build", flush=True)
            self._npm(node, "ci", "--ignore-scripts")
            installed.put()
        return node

    def _npm(self, node: Node, *arguments: str) -> None:
        done = subprocess.run(
            [*node.npm, *arguments],
            cwd=self.directory,
            env={**node.environment(), **_NPM},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise _failure(arguments, done.stdout)


def digest_of(files: Iterable[Path]) -> str:
    """Return a digest of the files' paths and contents."""
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files_below(entry: Path) -> Iterator[Path]:
    if entry.is_dir():
        yield from (path for path in entry.rglob("*") if path.is_file())
    else:
        yield entry


def _failure(arguments: tuple[str, ...], output: str) -> StepFailed:
    plain = _COLOURS.sub("", output).strip()
    if arguments[0] == "ci" and (code := _AWAY.search(plain)):
        return RegistryAway(f"npm's registry gives no packages ({code[1]})")
    return StepFailed(f"`npm {' '.join(arguments[:2])}` failed:\n{plain[-_OUTPUT_CHARS:]}")


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory's build, which ends with the process."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
