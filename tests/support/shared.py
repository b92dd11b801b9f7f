"""The servers that a test run has one of: the first worker that asks starts a keeper, the others find its server."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ADDRESS_FILE = "address"
FAILURE_FILE = "failure"
KEEPER = "tests.support.keeper"
_ROOT = Path(__file__).resolve().parents[2]
_TIMEOUT_S = 300.0


class NoServer(RuntimeError):
    """The run has no such server; the message says why."""


@contextmanager
def shared_server(kind: str, factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the run's one server of that kind; it ends with the run. Raises NoServer."""
    in_worker = "PYTEST_XDIST_WORKER" in os.environ
    base = factory.getbasetemp()
    state_dir = (base.parent if in_worker else base) / kind
    address, keeper = _found_or_started(kind, state_dir, watched_pid=os.getppid() if in_worker else os.getpid())
    yield address
    if keeper is not None and not in_worker:
        keeper.terminate()
        keeper.wait()


def _found_or_started(kind: str, state_dir: Path, *, watched_pid: int) -> tuple[str, subprocess.Popen[bytes] | None]:
    state_dir.mkdir(exist_ok=True)
    keeper = None
    with (state_dir / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_known(state_dir):
            keeper = _start_keeper(kind, state_dir, watched_pid)
            _await_keeper(kind, keeper, state_dir)
    failure = state_dir / FAILURE_FILE
    if failure.exists():
        raise NoServer(f"no {kind} for the tests: {failure.read_text(encoding='utf-8')}")
    return (state_dir / ADDRESS_FILE).read_text(encoding="utf-8"), keeper


def _is_known(state_dir: Path) -> bool:
    return any((state_dir / name).exists() for name in (ADDRESS_FILE, FAILURE_FILE))


def _start_keeper(kind: str, state_dir: Path, watched_pid: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", KEEPER, kind, str(state_dir), str(watched_pid)]
    with (state_dir / "keeper.log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _await_keeper(kind: str, keeper: subprocess.Popen[bytes], state_dir: Path) -> None:
    deadline = time.monotonic() + _TIMEOUT_S
    while not _is_known(state_dir):
        if keeper.poll() is not None or time.monotonic() > deadline:
            keeper.kill()
            log = (state_dir / "keeper.log").read_text(encoding="utf-8", errors="replace")
            raise NoServer(f"the keeper of the tests' {kind} gave up:\n{log[-2000:]}")
        time.sleep(0.02)
