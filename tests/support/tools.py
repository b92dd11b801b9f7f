"""Programs that tests need beside Python: found, or installed from the system's packages where that is allowed."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_CACHE = Path(__file__).parents[2] / ".cache"


class ToolMissing(Exception):
    """A program is not there and may not be installed from here; the message names its package."""


def tool(name: str, *packages: str) -> str:
    """The path of a program, its Debian packages installed when it is missing. Raises ToolMissing."""
    if found := shutil.which(name):
        return found
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        raise ToolMissing(
            f"{name} is needed: install it, on Debian with `apt-get install {' '.join(packages)}` as root"
        )
    with (Path(tempfile.gettempdir()) / "waymark-tests-packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for arguments in (("update",), ("install", "-y", "--no-install-recommends", *packages)):
            if (failure := _apt_get(*arguments)) is not None:
                raise ToolMissing(f"{name} is needed: {failure}")
    found = shutil.which(name)
    if found is None:
        raise ToolMissing(f"the packages {packages} brought no {name}")
    return found


def unpacked(name: str, package: str) -> str:
    """The path of a program of a Debian package that would start a service if it were installed: found, or unpacked.

    Raises ToolMissing.
    """
    if found := shutil.which(name):
        return found
    place = _CACHE / f"debian-{package}"
    program = place / "usr/bin" / name
    place.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _unpack(package, place)
    if not program.exists():
        raise ToolMissing(f"the package {package} has no {name}")
    return str(program)


def _unpack(package: str, place: Path) -> None:
    if shutil.which("apt-get") is None:
        raise ToolMissing(f"the programs of Debian's package {package} are needed on PATH")
    with tempfile.TemporaryDirectory() as folder:
        failure = _apt_get("download", package, folder=folder)
        if failure is not None and os.geteuid() == 0:
            _apt_get("update")
            failure = _apt_get("download", package, folder=folder)
        if failure is not None:
            raise ToolMissing(f"{package} is needed: {failure}")
        for file in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(file), str(place)], check=True)


def _apt_get(*arguments: str, folder: str | None = None) -> str | None:
    """Run apt-get, asking nothing; return why it failed, None when it did not."""
    command, environment = ["apt-get", "-q", *arguments], {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    return f"apt-get {arguments[0]} failed: {done.stderr[-500:].strip()}" if done.returncode else None
