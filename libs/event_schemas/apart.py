"""Costly checks in a process of their own: a second of computing each, one of a tenant's at a time.

The process is made when it is first needed and again after the operating system ended it. It inherits nothing of this
one's environment.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import msgspec

from libs.event_schemas.validator import Problem
from libs.event_schemas.worker import LENGTH, LIMITS_PASSED, Answer, Question, framed

WAIT_S: Final = 5.0
_ANSWER_S: Final = 20.0
"""A process that computes for a second has answered by then, on however busy a machine."""


class CheckTooLong(Exception):
    """A check took more computing, or memory, than one may."""


class ChecksBusy(Exception):
    """Other checks are being worked on; later there is room for this one."""


class SchemaUnreadable(Exception):
    """The schema is none that this release can read."""


class ChecksApart:
    """The process, and the queue before it."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def start(self) -> None:
        """Do nothing: most installations never need the process."""

    async def stop(self) -> None:
        """End the process."""
        process = self._process
        self._end()
        if process is not None:
            await process.wait()

    async def check(self) -> str | None:
        """Return None: a process that ended is made again."""
        return None

    async def problems(self, tenant_id: str, schema: bytes, payload: bytes) -> tuple[Sequence[Problem], float]:
        """Return what is wrong with a payload, and the seconds of computing it took.

        Raises CheckTooLong, SchemaUnreadable, and ChecksBusy after 5 s in the queue.
        """
        async with self._in_turn(tenant_id):
            answer = await self._ask(Question(schema, payload))
        if answer.problems is None:
            raise SchemaUnreadable
        return answer.problems, answer.cpu_s

    @asynccontextmanager
    async def _in_turn(self, tenant_id: str) -> AsyncIterator[None]:
        """Wait for the tenant's turn, and then for the process: each tenant has one check before it at most."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(WAIT_S):
                    await stack.enter_async_context(self._turns[tenant_id])
                    await stack.enter_async_context(self._turn)
            except TimeoutError:
                raise ChecksBusy from None
            yield

    async def _ask(self, question: Question) -> Answer:
        process = await self._running()
        answer: Answer | None = None
        try:
            async with asyncio.timeout(_ANSWER_S):
                await _send(process, question)
                while answer is None or not answer.is_last:
                    answer = await _receive(process)
                return answer
        except (asyncio.IncompleteReadError, ConnectionError):
            code = await process.wait()
            self._end()
            if answer is not None:
                return answer
            raise (CheckTooLong if code in LIMITS_PASSED else ChecksBusy) from None
        except TimeoutError:
            self._end()
            raise ChecksBusy from None
        except asyncio.CancelledError:
            self._end()
            raise

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "libs.event_schemas.worker"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()


async def _send(process: asyncio.subprocess.Process, question: Question) -> None:
    assert process.stdin is not None
    process.stdin.write(framed(question))
    await process.stdin.drain()


async def _receive(process: asyncio.subprocess.Process) -> Answer:
    assert process.stdout is not None
    size = await process.stdout.readexactly(LENGTH.size)
    return msgspec.msgpack.decode(await process.stdout.readexactly(LENGTH.unpack(size)[0]), type=Answer)
