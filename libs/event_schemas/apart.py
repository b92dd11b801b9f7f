"""Costly checks in a process of their own: a second of computing each, one of a tenant's at a time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import msgspec

from libs.apart.process import ProcessApart, ProcessEnded
from libs.event_schemas.validator import Problem
from libs.event_schemas.worker import Answer, Question

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
        self._process = ProcessApart("libs.event_schemas.worker")
        self._turn = asyncio.Lock()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def start(self) -> None:
        """Do nothing: most installations never need the process."""

    async def stop(self) -> None:
        """End the process."""
        await self._process.stop()

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
        answer: Answer | None = None
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self._process.send(msgspec.msgpack.encode(question))
                while answer is None or not answer.is_last:
                    answer = msgspec.msgpack.decode(await self._process.receive(), type=Answer)
                return answer
        except ProcessEnded as ended:
            if answer is not None:
                return answer
            raise (CheckTooLong if ended.passed_limits else ChecksBusy) from None
        except TimeoutError:
            self._process.end()
            raise ChecksBusy from None
        except asyncio.CancelledError:
            self._process.end()
            raise
