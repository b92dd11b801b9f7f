"""Work that goes on from `start` to `stop` beside everything else, and never ends in silence.

A loop that ends before it was asked to has a failure: the log has it at once, `check` reports it from then on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from libs.background.tasks import end_task
from libs.background.waiting import wait_unless
from libs.telemetry.logger import get_logger

GRACE_S = 5.0
LONGEST_ROUND_S = 60.0

_logger = get_logger(__name__)


class LoopEnded(Exception):
    """The loop ended by no error, but before it was asked to."""


class Loop:
    """Runs `run(stopping)` in a task of its own; `run` has to return once `stopping` is set.

    `wake` is called after `stopping` was set, for a `run` that waits for something else. A stop waits `grace_s` before
    it cancels. `on_failure` is called with the loop once it has a failure.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[asyncio.Event], Awaitable[None]],
        *,
        wake: Callable[[], None] | None = None,
        grace_s: float = GRACE_S,
        on_failure: Callable[[Loop], None] | None = None,
    ) -> None:
        self.name = name
        self._run = run
        self._wake = wake
        self._grace_s = grace_s
        self._on_failure = on_failure
        self.stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._until_stopped(), name=self.name)
        self._task.add_done_callback(self._note_end)

    def request_stop(self) -> None:
        """Ask the loop to end, without waiting for it."""
        self.stopping.set()
        if self._wake is not None:
            self._wake()

    async def stop(self) -> None:
        """Ask the loop to end and return once it has; idempotent."""
        self.request_stop()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=self._grace_s)
            await end_task(self._task)

    @property
    def is_running(self) -> bool:
        """Whether it began, has not ended and was not asked to."""
        return self._task is not None and not self._task.done() and not self.stopping.is_set()

    @property
    def failure(self) -> BaseException | None:
        """The error that ended the loop; None while it runs, and after a stop."""
        if self._task is None or not self._task.done():
            return None
        if not self._task.cancelled():
            return self._task.exception()
        return None if self.stopping.is_set() else LoopEnded("it was cancelled")

    def raise_failure(self) -> None:
        """Raise the error that ended the loop, if one did."""
        if (failure := self.failure) is not None:
            raise failure

    async def check(self) -> str | None:
        """Return None while the loop works, else the reason."""
        return None if (failure := self.failure) is None else f"ended by {type(failure).__name__}: {failure}"

    async def _until_stopped(self) -> None:
        await self._run(self.stopping)
        if not self.stopping.is_set():
            raise LoopEnded("it returned")

    def _note_end(self, _: asyncio.Task[None]) -> None:
        if (failure := self.failure) is not None:
            _logger.error("loop_ended", loop=self.name, exc_info=failure)
            if self._on_failure is not None:
                self._on_failure(self)


class Rounds(Loop):
    """Does its work in rounds; the check fails while one of them takes longer than `longest_round_s`."""

    def __init__(
        self,
        name: str,
        run: Callable[[asyncio.Event], Awaitable[None]],
        *,
        longest_round_s: float = LONGEST_ROUND_S,
        wake: Callable[[], None] | None = None,
        grace_s: float = GRACE_S,
        on_failure: Callable[[Loop], None] | None = None,
    ) -> None:
        super().__init__(name, run, wake=wake, grace_s=grace_s, on_failure=on_failure)
        self._longest_round_s = longest_round_s
        self._began_s: float | None = None

    async def check(self) -> str | None:
        """Return None while rounds begin and end, else the reason."""
        return await super().check() or self._overdue()

    @contextmanager
    def round(self) -> Iterator[None]:
        """Let the block be one round."""
        self._began_s = time.monotonic()
        try:
            yield
        finally:
            self._began_s = None

    def _overdue(self) -> str | None:
        busy_s = 0.0 if self._began_s is None else time.monotonic() - self._began_s
        return f"one round has taken {busy_s:.0f} s already" if busy_s > self._longest_round_s else None


class Periodic(Rounds):
    """Does `work` every `interval_s`, first after one interval or `at_once`; `once_more` when it is asked to stop.

    An error among `survives` ends that round only; any other ends the loop.
    """

    def __init__(
        self,
        name: str,
        interval_s: float,
        work: Callable[[], Awaitable[object]],
        *,
        survives: type[Exception] | tuple[type[Exception], ...] = (),
        at_once: bool = False,
        once_more: bool = False,
        longest_round_s: float = LONGEST_ROUND_S,
        grace_s: float = GRACE_S,
        on_failure: Callable[[Loop], None] | None = None,
    ) -> None:
        super().__init__(name, self._rounds, longest_round_s=longest_round_s, grace_s=grace_s, on_failure=on_failure)
        self._interval_s = interval_s
        self._work = work
        self._survives = survives if isinstance(survives, tuple) else (survives,)
        self._at_once = at_once
        self._once_more = once_more

    async def _rounds(self, stopping: asyncio.Event) -> None:
        if not self._at_once:
            await wait_unless(stopping, self._interval_s)
        while not stopping.is_set():
            await self._round()
            await wait_unless(stopping, self._interval_s)
        if self._once_more:
            await self._round()

    async def _round(self) -> None:
        with suppress(*self._survives), self.round():
            await self._work()


class Checked(Protocol):
    """A part with a name and a check."""

    @property
    def name(self) -> str:
        """The part's name in reasons and log lines."""
        ...

    async def check(self) -> str | None:
        """Return None when all is well, else the reason."""
        ...


async def check_all(*parts: Checked) -> str | None:
    """Return the reasons of the parts whose check fails, each behind its part's name; None when none does."""
    return joined(*[f"{part.name}: {reason}" for part in parts if (reason := await part.check()) is not None])


def joined(*reasons: str | None) -> str | None:
    """Return the given reasons as one text; None when all are None."""
    return "; ".join(reason for reason in reasons if reason is not None) or None
