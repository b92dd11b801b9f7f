"""Work kept going: begun anew after a failure, later each time; a failure is remembered until it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from libs.background.backoff import Backoff
from libs.background.loops import Loop
from libs.background.tasks import ended

RESTART_FIRST_S, RESTART_LIMIT_S = 1.0, 60.0


class Kept(Loop):
    """Runs `work` until `stop`, again after it fails; `on_work_failure` hears of each failure once it is noted.

    Work that has gone on for longer than the longest pause begins anew after the shortest.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        on_work_failure: Callable[[BaseException], None],
        *,
        on_failure: Callable[[Loop], None] | None = None,
        grace_s: float,
        first_s: float = RESTART_FIRST_S,
        limit_s: float = RESTART_LIMIT_S,
    ) -> None:
        super().__init__(name, self._keep_going, grace_s=grace_s, on_failure=on_failure)
        self._work = work
        self._on_work_failure = on_work_failure
        self._sound_s = limit_s
        self._backoff = Backoff(self.stopping, first_s=first_s, limit_s=limit_s)
        self.work_failure: BaseException | None = None

    async def check(self) -> str | None:
        """Return None while the work goes on, else the reason."""
        return await super().check() or self._trouble()

    def _trouble(self) -> str | None:
        error = self.work_failure
        return None if error is None else f"failed and will be tried again: {type(error).__name__}: {error}"

    def _renew(self) -> None:
        """Make ready for beginning anew."""

    async def _keep_going(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            began_s = time.monotonic()
            if (error := await self._outcome()) is None:
                return
            if time.monotonic() - began_s > self._sound_s:
                self._backoff.reset()
            self.work_failure = error
            self._on_work_failure(error)
            await self._backoff.pause()
            self._renew()
            self.work_failure = None

    async def _outcome(self) -> BaseException | None:
        """Run to the end and return what ended the work, None when it was asked to."""
        running = await ended(self._work())
        return asyncio.CancelledError() if running.cancelled() else running.exception()
