"""Packages that a test needs beside the environment's, as their lock file says: installed once into `.cache`."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.tools import tool

_CACHE = Path(__file__).parents[2] / ".cache"


def npm_packages(source: Path) -> Path:
    """A directory with the files of `source` and the packages of its `package-lock.json`."""
    files = [path for path in source.iterdir() if path.is_file()]
    return _installed(source / "package-lock.json", files, lambda _: [tool("npm", "npm"), "ci", "--ignore-scripts"])


def python_packages(lock_file: Path) -> Path:
    """A directory of modules with the packages of a lock file with hashes."""

    def command(place: Path) -> Sequence[str]:
        options = ("--quiet", "--no-deps", "--require-hashes", "--target", str(place))
        return (sys.executable, "-m", "pip", "install", *options, "-r", str(lock_file))

    return _installed(lock_file, (), command)


def _installed(lock_file: Path, files: Sequence[Path], command: Callable[[Path], Sequence[str]]) -> Path:
    digest = hashlib.sha256(lock_file.read_bytes()).hexdigest()[:12]
    place = _CACHE / f"{lock_file.parent.name}-{digest}"
    place.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for file in files:
            shutil.copy(file, place)
        if not (complete := place.with_suffix(".complete")).exists():
            done = subprocess.run(command(place), cwd=place, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr[-2000:]
            complete.touch()
    return place
