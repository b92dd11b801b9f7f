"""Directories for what a test run keeps while it runs: in memory where the system has room there, gone with the run."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4 * 1024**3

# Runs beside the directory's owner; its standard input ends when the owner does.
_REMOVE = """
read -r _
for found in "$1"/postgres/data/postmaster.pid "$1"/*/postgres/data/postmaster.pid; do
    [ -f "$found" ] && read -r pid < "$found" && kill -QUIT "$pid" && sleep 1
done
rm -rf "$1"
"""


@contextmanager
def scratch_directory(prefix: str, *, on_disk: bool = False) -> Iterator[Path]:
    """A new directory, removed at the end of the block, or when this process dies before that.

    A PostgreSQL that runs in it, or in a directory of it, is then stopped first. `on_disk` is for measurements.
    """
    directory = Path(tempfile.mkdtemp(prefix=prefix, dir=None if on_disk else _place()))
    remover = subprocess.Popen(
        ["sh", "-c", _REMOVE, "sh", str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield directory
    finally:
        remover.kill()
        remover.communicate()
        shutil.rmtree(directory, ignore_errors=True)


def _place() -> Path | None:
    """Memory's file system, None where it is missing or small."""
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES else None
