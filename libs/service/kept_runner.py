"""One consumer kept going: its runner is made anew after a failure, later each time, while the others run on.

At most one runner of it is alive, and a failure is remembered for as long as none is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from libs.background.backoff import Backoff
from libs.background.loops import Loop
from libs.projections.running import Figures

RESTART_FIRST_S, RESTART_LIMIT_S = 1.0, 60.0
# A batch in hand is committed within this, or read again.
_GRACE_S = 15.0
_SILENT_S = 30.0


class Runner(Protocol):
    """The runner that is kept going, such as a `ConsumerRunner`."""

    figures: Figures

    async def run(self) -> None:
        """Run until stopped; raises what waiting does not mend."""
        ...

    async def stop(self) -> None:
        """Let `run` end."""
        ...


class KeptRunner(Loop):
    """Runs what `make` makes until `stop`; `on_runner_failure` hears of each runner's failure once it is noted."""

    def __init__(
        self,
        make: Callable[[], Runner],
        on_runner_failure: Callable[[BaseException], None],
        *,
        on_failure: Callable[[Loop], None] | None = None,
        first_s: float = RESTART_FIRST_S,
        limit_s: float = RESTART_LIMIT_S,
    ) -> None:
        self._runner = make()
        name = f"{self.figures.service}.{self.figures.name}"
        super().__init__(name, self._keep_going, grace_s=_GRACE_S, on_failure=on_failure)
        self._make = make
        self._on_runner_failure = on_runner_failure
        self._sound_s = limit_s
        self._backoff = Backoff(self.stopping, first_s=first_s, limit_s=limit_s)
        self.runner_failure: BaseException | None = None

    @property
    def figures(self) -> Figures:
        """The figures of the present runner, or of the one that failed last."""
        return self._runner.figures

    async def stop(self) -> None:
        """Let the runner end, and make no other; idempotent."""
        self.request_stop()
        await self._runner.stop()
        await super().stop()

    async def check(self) -> str | None:
        """Return None when the consumer works and hears from the log, else the reason."""
        return await super().check() or self._trouble()

    def _trouble(self) -> str | None:
        figures, error = self.figures, self.runner_failure
        if error is not None:
            return f"failed and will be tried again: {type(error).__name__}: {error}"
        if not figures.has_begun:
            return "has not begun yet"
        if figures.stopped_reason:
            return f"stopped: {figures.stopped_reason}"
        if figures.silent_s > _SILENT_S:
            return f"has not heard from the log for {figures.silent_s:.0f} s"
        return None

    async def _keep_going(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            began_s = time.monotonic()
            if (error := await self._outcome()) is None:
                return
            if time.monotonic() - began_s > self._sound_s:
                self._backoff.reset()
            self.runner_failure = error
            self._on_runner_failure(error)
            await self._backoff.pause()
            self._runner, self.runner_failure = self._make(), None

    async def _outcome(self) -> BaseException | None:
        """Run to the end and return what ended the runner, None when it was asked to.

        A task's outcome can be looked at without catching.
        """
        running = asyncio.create_task(self._runner.run())
        try:
            await asyncio.wait({running})
        finally:
            running.cancel()
        return asyncio.CancelledError() if running.cancelled() else running.exception()
