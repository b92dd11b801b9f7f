"""The server that runs, or was left behind, in an embedded cluster's directory.

A process counts as ours only when its command line names our cluster: process ids are reused, above all in containers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import psutil

PID_FILE = "postmaster.pid"
_READY = "ready"


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The server that `postmaster.pid` describes."""

    pid: int
    port: int
    socket_dir: str
    ready: bool


def cluster_name(cluster: Path) -> str:
    """Return the name every server process of this cluster carries in its title."""
    return "waymark-" + blake2b(str(cluster).encode(), digest_size=5).hexdigest()


def read_postmaster(cluster: Path) -> Postmaster | None:
    """Return the living postmaster of the cluster, or None while there is none or its file is incomplete."""
    try:
        lines = (cluster / PID_FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    if len(lines) < 6 or not is_postmaster(cluster, int(lines[0])):
        return None
    return Postmaster(
        pid=int(lines[0]),
        port=int(lines[3]),
        socket_dir=lines[4],
        ready=len(lines) > 7 and lines[7].strip() == _READY,
    )


def is_postmaster(cluster: Path, pid: int) -> bool:
    """Return whether `pid` is alive and was started as a server for this cluster."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and f"cluster_name={cluster_name(cluster)}" in process.cmdline()
    except psutil.Error:
        return False


def orphaned_backends(cluster: Path) -> list[psutil.Process]:
    """Return the server processes that outlived their postmaster; they still hold the cluster's shared memory."""
    title = f"postgres: {cluster_name(cluster)}: "
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"]
        if command and command[0].startswith(title):
            found.append(process)
    return found


def clear_leftovers(cluster: Path, *, locks: Iterable[Path], timeout_s: float) -> None:
    """End orphaned backends, then remove the stale pid file and `locks`. Call when no postmaster of ours is alive.

    A server believes a lock file while any process has the id in it, also one that ended and was not waited for.
    """
    orphans = orphaned_backends(cluster)
    for process in orphans:
        process.terminate()
    _, stubborn = psutil.wait_procs(orphans, timeout=timeout_s)
    for process in stubborn:
        process.kill()
    psutil.wait_procs(stubborn, timeout=timeout_s)
    for lock in (cluster / PID_FILE, *locks):
        lock.unlink(missing_ok=True)
