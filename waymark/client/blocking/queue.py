# Rendered by tests/support/blocking_client.py from waymark/client/asynchronous/queue.py: change that file.
"""The client's queue: callers add, one thread sends in the order of the calls, and closing flushes.

Nothing is lost silently: what the server refuses goes to `on_refused`, what could not be sent by the end is logged in
one line, handed to `on_unsent`, and raised as Unsent. A forked child starts with an empty queue and a thread of its
own; what was waiting stays the parent's to send.
"""

from __future__ import annotations

import atexit
import logging
import math
import os
from dataclasses import replace
from types import TracebackType
from typing import Self, Unpack

from waymark.client.blocking.driver import Driver
from waymark.client.blocking.waiting import Background, Condition, sleep
from waymark.client.buffer import Buffer, OnRefused, OnUnsent, QueueClosed, QueueFull, QueueLimits
from waymark.client.delivery import BatchResult
from waymark.client.errors import WaymarkError
from waymark.client.models import NewInteraction, RecordFields
from waymark.client.outgoing import Outgoing, outgoing
from waymark.client.unsent import Unsent

logger = logging.getLogger("waymark.client")


class Queue:
    """Made by `Client.queue`. Threads may share it."""

    def __init__(
        self,
        driver: Driver,
        limits: QueueLimits,
        *,
        on_refused: OnRefused | None = None,
        on_unsent: OnUnsent | None = None,
    ) -> None:
        self._driver = driver
        self._core = driver.core
        self._limits = limits
        self._retries = replace(self._core.retries, on_retry=self._note_retry)
        self._on_refused = on_refused
        self._on_unsent = on_unsent
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._changed = Condition()
        self._buffer = Buffer(self._limits, self._core.retries.clock)
        self._sender: Background | None = None
        self._give_up_at = math.inf
        self._is_closed = False
        self._has_warned = False
        self._broken: BaseException | None = None

    def record(
        self, resource_id: str, resource_type: str, action: str, origin: str, **fields: Unpack[RecordFields]
    ) -> str:
        """Record an interaction soon; returns the id it will have. Its event time is now, unless it says otherwise."""
        return self.put(NewInteraction(resource_id, resource_type, action, origin, **fields))

    def put(self, item: NewInteraction) -> str:
        """Record `item` soon, as `record` does. Raises QueueFull, QueueClosed, and Refused for what cannot be sent."""
        if self._pid != os.getpid():
            self._begin()
        ready = outgoing(self._core.dated(item))
        with self._changed:
            self._require_open()
            if not self._changed.wait_for(lambda: self._may_add(ready), self._limits.full_wait_s):
                raise QueueFull(f"{self._buffer.held} interactions are waiting: {self._buffer.trouble or 'too many'}")
            self._require_open()
            self._buffer.add(ready)
            if self._sender is None:
                self._sender = Background(self._run, "waymark-queue")
                atexit.register(self._at_exit)
            self._changed.notify_all()
        return ready.item.interaction_id or ""

    def flush(self, deadline_s: float | None = None) -> None:
        """Return once all that was added before is recorded or refused; raises Unsent when that takes too long."""
        with self._changed:
            target = self._buffer.flush()
            self._changed.notify_all()
            if self._changed.wait_for(lambda: self._is_settled(target), deadline_s) and self._broken is None:
                return
            raise Unsent(self._buffer.pending()) from self._broken

    def close(self, deadline_s: float | None = None) -> None:
        """Send what waits, within the deadline, and take nothing more. Raises Unsent for what could not be sent."""
        if self._is_closed:
            return
        deadline_s = self._limits.close_deadline_s if deadline_s is None else deadline_s
        self._stop(deadline_s)
        if self._sender is not None:
            self._sender.end(deadline_s)
        unsent = self._give_up()
        if unsent is not None:
            raise unsent from self._broken

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            self.close()
        except Unsent as unsent:
            if error is None:
                raise
            error.add_note(str(unsent))

    def _at_exit(self) -> None:
        if self._sender is not None and self._pid == os.getpid() and not self._is_closed:
            self._sender.end_at_exit(self._stop, self._limits.close_deadline_s)
            self._give_up()

    def _stop(self, deadline_s: float) -> None:
        """Take nothing more; the sender ends once it has sent what waits, or at the deadline."""
        with self._changed:
            # Closed and flushed in one step: the sender ends when it is closed and nothing is due.
            self._is_closed = True
            self._give_up_at = self._core.retries.clock() + deadline_s
            self._buffer.flush()
            self._changed.notify_all()

    def _give_up(self) -> Unsent | None:
        """Log what could not be sent, hand it to `on_unsent`, and return it."""
        atexit.unregister(self._at_exit)
        with self._changed:
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

    def _is_settled(self, target: int) -> bool:
        return self._buffer.settled >= target or self._broken is not None

    def _run(self) -> None:
        try:
            while (batch := self._next_batch()) is not None:
                steps = self._core.deliver(batch, lambda: self._give_up_at, self._retries)
                self._settle(self._driver.drive(steps, self._pause))
        except Exception as error:  # noqa: BLE001  # the outermost loop: adding, flushing and closing raise it
            with self._changed:
                self._broken = error
                self._changed.notify_all()

    def _next_batch(self) -> list[Outgoing[NewInteraction]] | None:
        with self._changed:
            while (due_in_s := self._buffer.due_in_s()) != 0.0:
                if self._is_closed:
                    return None
                self._changed.wait(due_in_s)
            if self._core.retries.clock() >= self._give_up_at:
                return None
            return self._buffer.take()

    def _settle(self, result: BatchResult[NewInteraction]) -> None:
        for refused in result.refused:
            if self._on_refused is not None:
                self._on_refused(refused.item, refused.error)
            else:
                logger.error("interaction %s was refused: %s", refused.item.interaction_id, refused.error)
        with self._changed:
            self._buffer.settle(result, keep_refused=self._on_refused is None)
            self._buffer.trouble, self._has_warned = None, False
            self._changed.notify_all()

    def _pause(self, seconds: float) -> None:
        """Wait before another try; closing the queue ends the wait."""
        with self._changed:
            if not self._is_closed:
                self._changed.wait_for(lambda: self._is_closed, seconds)
                return
        sleep(min(seconds, max(0.0, self._give_up_at - self._core.retries.clock())))

    def _note_retry(self, error: WaymarkError, pause_s: float) -> None:
        with self._changed:
            self._buffer.trouble = error
        if not self._has_warned:
            logger.warning("%d queued interactions wait for the server: %s", self._buffer.held, error)
        self._has_warned = True
        self._core.retries.on_retry(error, pause_s)
