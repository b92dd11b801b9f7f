"""Programs that tests need beside Python: found, or installed from the system's packages where that is allowed."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


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
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            command = ["apt-get", "-q", *arguments]
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
            if done.returncode:
                raise ToolMissing(f"{name} is needed: apt-get {arguments[0]} failed: {done.stderr[-500:].strip()}")
    found = shutil.which(name)
    if found is None:
        raise ToolMissing(f"the packages {packages} brought no {name}")
    return found
