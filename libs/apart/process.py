"""The outside of a process of `libs.apart.worker`.

It is made when it is first needed and again after it ended. It inherits nothing of this one's environment.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

from libs.apart.worker import LENGTH, LIMITS_PASSED, framed


class ProcessEnded(Exception):
    """The process ended in the middle of a question; `passed_limits`: the question took too much."""

    def __init__(self, *, passed_limits: bool) -> None:
        super().__init__("the process ended")
        self.passed_limits: Final = passed_limits


class ProcessApart:
    """A process that runs a module with arguments.

    It is asked one question at a time; `end` it after one that is not waited for.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        self._command: Final = ("-m", module, *arguments)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The id of the process, None while there is none."""
        return None if self._process is None else self._process.pid

    async def send(self, question: bytes) -> None:
        """Ask a question. Raises ProcessEnded."""
        process = await self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(framed(question))
            await process.stdin.drain()
        except ConnectionError:
            raise await self._ended(process) from None

    async def receive(self) -> bytes:
        """Return the next answer. Raises ProcessEnded."""
        process = await self._running()
        assert process.stdout is not None
        try:
            size = await process.stdout.readexactly(LENGTH.size)
            return await process.stdout.readexactly(LENGTH.unpack(size)[0])
        except (asyncio.IncompleteReadError, ConnectionError):
            raise await self._ended(process) from None

    def end(self) -> None:
        """End the process, whatever it works on."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()

    async def stop(self) -> None:
        """End the process, and wait until it has."""
        process = self._process
        self.end()
        if process is not None:
            await process.wait()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        return self._process

    async def _ended(self, process: asyncio.subprocess.Process) -> ProcessEnded:
        code = await process.wait()
        self.end()
        return ProcessEnded(passed_limits=code in LIMITS_PASSED)
