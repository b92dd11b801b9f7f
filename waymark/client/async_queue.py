"""The asynchronous client's queue: tasks add, one task sends in order, and leaving the block flushes.

The same promises as the blocking one's. A loop that ends without the queue being closed cannot be waited for: what was
left is logged in one line when the process ends.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import math
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self, Unpack

from waymark.client.buffer import Buffer, OnRefused, OnUnsent, QueueClosed, QueueFull, QueueLimits
from waymark.client.core import Core
from waymark.client.delivery import Delivery, Outgoing, Unsent, outgoing
from waymark.client.errors import WaymarkError
from waymark.client.models import NewInteraction, RecordFields
from waymark.client.transport import AsyncDriver

logger = logging.getLogger("waymark.client")


class AsyncQueue:
    """Made by `AsyncClient.queue`. Belongs to one event loop."""

    def __init__(
        self,
        core: Core,
        driver: AsyncDriver,
        limits: QueueLimits,
        *,
        on_refused: OnRefused | None = None,
        on_unsent: OnUnsent | None = None,
    ) -> None:
        self._core = core
        self._driver = driver
        self._limits = limits
        self._retries = replace(core.retries, told=self._tell)
        self._on_refused = on_refused
        self._on_unsent = on_unsent
        self._changed = asyncio.Event()
        self._buffer = Buffer(limits, core.retries.clock)
        self._task: asyncio.Task[None] | None = None
        self._give_up_at = math.inf
        self._is_closed = False
        self._has_warned = False
        self._broken: BaseException | None = None

    async def record(
        self, resource_id: str, resource_type: str, action: str, origin: str, **fields: Unpack[RecordFields]
    ) -> str:
        """Record an interaction soon; returns the id it will have. Its event time is now, unless it says otherwise."""
        return await self.put(NewInteraction(resource_id, resource_type, action, origin, **fields))

    async def put(self, item: NewInteraction) -> str:
        """As `record`. Raises QueueFull, QueueClosed, and Refused for what could never be sent."""
        ready = outgoing(self._core.dated(item))
        self._require_open()
        if not await self._wait_for(lambda: self._may_add(ready), self._limits.full_wait_s):
            raise QueueFull(f"{self._buffer.held} interactions are waiting: {self._buffer.trouble or 'too many'}")
        self._require_open()
        self._buffer.add(ready)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="waymark-queue")
            atexit.register(self._at_exit)
        self._notify()
        return ready.item.interaction_id or ""

    async def flush(self, deadline_s: float | None = None) -> None:
        """Return once all that was added before is recorded or refused; raises Unsent when that takes too long."""
        wanted = self._buffer.flush()
        self._notify()
        if await self._wait_for(lambda: self._is_settled(wanted), deadline_s) and self._broken is None:
            return
        raise Unsent(self._buffer.pending()) from self._broken

    async def close(self, deadline_s: float | None = None) -> None:
        """Send what waits, within the deadline, and take nothing more. Raises Unsent for what could not be sent."""
        if self._is_closed:
            return
        deadline_s = self._limits.close_deadline_s if deadline_s is None else deadline_s
        self._is_closed = True
        self._give_up_at = self._core.retries.clock() + deadline_s
        self._buffer.flush()
        self._notify()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=deadline_s)
            self._task.cancel()
            await asyncio.wait([self._task])
        unsent = self._last_words()
        if unsent is not None:
            raise unsent from self._broken

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            await self.close()
        except Unsent as unsent:
            if error is None:
                raise
            error.add_note(str(unsent))

    def _at_exit(self) -> None:
        if not self._is_closed:
            self._last_words()

    def _last_words(self) -> Unsent | None:
        """What could not be sent, after it was logged and told."""
        atexit.unregister(self._at_exit)
        unsent = self._buffer.left_over()
        if unsent is not None:
            logger.error("%s", unsent)
            if self._on_unsent is not None:
                self._on_unsent(unsent)
        return unsent

    def _require_open(self) -> None:
        if self._is_closed or self._broken is not None:
            raise QueueClosed("the queue takes no more interactions") from self._broken

    def _may_add(self, item: Outgoing[NewInteraction]) -> bool:
        return self._is_closed or self._broken is not None or self._buffer.has_room(item)

    def _is_settled(self, wanted: int) -> bool:
        return self._buffer.settled >= wanted or self._broken is not None

    async def _run(self) -> None:
        try:
            while (batch := await self._next_batch()) is not None:
                steps = self._core.deliver(batch, lambda: self._give_up_at, self._retries)
                self._settle(await self._driver.drive(steps, self._pause))
        except Exception as error:  # noqa: BLE001  # the outermost loop: whoever adds, flushes or closes is told
            self._broken = error
            self._notify()

    async def _next_batch(self) -> list[Outgoing[NewInteraction]] | None:
        while (due_in_s := self._buffer.due_in_s()) != 0.0:
            if self._is_closed:
                return None
            await self._wait_for_change(due_in_s)
        return None if self._core.retries.clock() >= self._give_up_at else self._buffer.take()

    def _settle(self, delivery: Delivery[NewInteraction]) -> None:
        for refused in delivery.refused:
            if self._on_refused is not None:
                self._on_refused(refused.item, refused.error)
            else:
                logger.error("interaction %s was refused: %s", refused.item.interaction_id, refused.error)
        self._buffer.settle(delivery, keep_refused=self._on_refused is None)
        self._buffer.trouble, self._has_warned = None, False
        self._notify()

    async def _pause(self, seconds: float) -> None:
        """Wait before another try; closing cuts it short, once."""
        if self._is_closed:
            await asyncio.sleep(min(seconds, max(0.0, self._give_up_at - self._core.retries.clock())))
        else:
            await self._wait_for(lambda: self._is_closed, seconds)

    def _tell(self, error: WaymarkError, pause_s: float) -> None:
        self._buffer.trouble = error
        if not self._has_warned:
            logger.warning("%d queued interactions wait for the server: %s", self._buffer.held, error)
        self._has_warned = True
        self._core.retries.told(error, pause_s)

    def _notify(self) -> None:
        """Wake everybody who waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _wait_for_change(self, timeout_s: float | None) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _wait_for(self, is_so: Callable[[], bool], timeout_s: float | None) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                while not is_so():
                    await self._changed.wait()
        except TimeoutError:
            return is_so()
        return True
