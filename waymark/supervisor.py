"""Keeps the single machine's processes running: the database, the APIs, the projections.

The parent owns the listening sockets, so a child that dies and comes back refuses no connection meanwhile. Children
notice by the end of a pipe that their parent was killed, and stop; the database server outlives it and is
taken over by the next start.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from libs.background.loops import Loop, Periodic
from libs.background.waiting import wait_unless
from libs.pg.embedded import EmbeddedPostgres
from libs.pg.errors import EmbeddedPostgresError
from libs.telemetry.log_files import last_error, set_aside
from libs.telemetry.logger import get_logger
from waymark.console import visible

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_STEADY_AFTER_S = 20.0
_STOP_TIMEOUT_S = 20.0
# Longer than any stop of a process takes, the killing included.
_GRACE_S = 2 * _STOP_TIMEOUT_S
_WATCH_INTERVAL_S = 0.5

log = get_logger(__name__)


@dataclass(slots=True)
class Child:
    """A supervised process: `python -m waymark.child <name>` on a socket it inherits."""

    name: str
    listener: socket.socket
    environment: Mapping[str, str]
    log_file: Path
    process: asyncio.subprocess.Process | None = None
    pause_s: float = _FIRST_PAUSE_S
    started_at_s: float = field(default=0.0)
    log_began_at: int = field(default=0)

    async def start(self, alive_fd: int) -> None:
        """Start the process; it stops when the pipe that `alive_fd` reads is closed by the end of its parent."""
        self.started_at_s = time.monotonic()
        command = ("-m", "waymark.child", self.name, str(self.listener.fileno()), str(alive_fd), str(self.log_file))
        set_aside(self.log_file)
        with _opened(self.log_file) as output:
            self.log_began_at = output.tell()
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                pass_fds=(self.listener.fileno(), alive_fd),
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A terminal's Ctrl-C goes to the parent alone, which then stops the children in order.
                start_new_session=True,
            )

    def last_error(self) -> str | None:
        """Return the last error of this run, as far as its log has one."""
        words = last_error(self.log_file, since=self.log_began_at)
        return None if words is None else visible(words)

    def next_pause_s(self) -> float:
        """Return the pause before the next start: longer each time, short again after a steady run."""
        steady = time.monotonic() - self.started_at_s > _STEADY_AFTER_S
        pause_s = _FIRST_PAUSE_S if steady else self.pause_s
        self.pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        return pause_s


class Supervisor:
    """Runs the children, and the embedded database if there is one, until a stop is requested."""

    def __init__(self, children: Sequence[Child], database: EmbeddedPostgres | None) -> None:
        self._children = children
        self._database = database
        self._stopping = asyncio.Event()
        self._alive_read, self._alive_write = os.pipe()

    def request_stop(self) -> None:
        """Begin a clean stop; may be called from a signal handler."""
        self._stopping.set()

    async def run(self) -> None:
        """Start the children and restart whatever dies, until a stop is requested; then stop them."""
        keepers = self._keepers()
        try:
            for keeper in keepers:
                await keeper.start()
            await self._stopping.wait()
        finally:
            for keeper in keepers:
                keeper.request_stop()
            for child in self._children:
                child.listener.close()  # who comes now is refused at once, rather than never answered
            await asyncio.gather(*(keeper.stop() for keeper in keepers))
            os.close(self._alive_read)
            os.close(self._alive_write)
        for keeper in keepers:
            keeper.raise_failure()

    def _keepers(self) -> list[Loop]:
        """Run one loop for each process; all stop when one of them ends."""
        keepers: list[Loop] = [
            Loop(f"keeper of {child.name}", partial(self._keep, child), grace_s=_GRACE_S, on_failure=self._give_up)
            for child in self._children
        ]
        if self._database is not None:
            keep = partial(self._keep_database, self._database)
            keepers.append(
                Periodic(
                    "keeper of the database",
                    _WATCH_INTERVAL_S,
                    keep,
                    at_once=True,
                    grace_s=_GRACE_S,
                    on_failure=self._give_up,
                )
            )
        return keepers

    def _give_up(self, _: Loop) -> None:
        self.request_stop()

    async def _keep(self, child: Child, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            await child.start(self._alive_read)
            assert child.process is not None
            if await _ended_by_itself(child.process, stopping):
                pause_s = child.next_pause_s()
                log.warning(
                    "process ended, starting it again",
                    process=child.name,
                    code=child.process.returncode,
                    error=child.last_error(),
                    log=str(child.log_file),
                )
                await wait_unless(stopping, pause_s)
            else:
                await _stop(child)

    async def _keep_database(self, database: EmbeddedPostgres) -> None:
        if await asyncio.to_thread(database.is_running):
            return
        log.warning("the embedded PostgreSQL ended, starting it again")
        try:
            await asyncio.to_thread(database.start)
        except EmbeddedPostgresError as error:
            # It ran before, so what hinders it passes: a full disk above all. Until then `/readyz` says what is away.
            log.warning("the embedded PostgreSQL does not start, trying again", error=str(error))
            await wait_unless(self._stopping, _LONGEST_PAUSE_S)


async def _ended_by_itself(process: asyncio.subprocess.Process, stopping: asyncio.Event) -> bool:
    """Wait until the process ends or a stop is requested; returns whether it ended by itself."""
    ended = asyncio.create_task(process.wait())
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait([ended, stop], return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not ended.done():
        ended.cancel()
        return False
    return not stopping.is_set()


def _opened(log_file: Path) -> BinaryIO:
    """Open a log that only its owner can read, also one that was made otherwise."""

    def private(name: str, flags: int) -> int:
        fd = os.open(name, flags, 0o600)
        os.fchmod(fd, 0o600)
        return fd

    return open(log_file, "ab", opener=private)


async def _stop(child: Child) -> None:
    process = child.process
    if process is None or process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(_STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        log.warning("process did not stop in time, killing it", process=child.name)
        process.kill()
        await process.wait()
