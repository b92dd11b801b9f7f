"""One projection kept going: its runner is made anew after a failure, later each time, while the others run on.

At most one runner of it is alive, and a failure is remembered for as long as none is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from libs.background.backoff import Backoff
from libs.projections.running import Figures

RESTART_FIRST_S, RESTART_LIMIT_S = 1.0, 60.0


class Runner(Protocol):
    """What is kept going: a `ProjectionRunner`."""

    figures: Figures

    async def run(self) -> None:
        """Until stopped; raises what waiting does not mend."""
        ...

    async def stop(self) -> None:
        """Let `run` end."""
        ...


class KeptRunner:
    """Runs what `make` makes until `stop`; `on_failure` hears of each failure once it is noted."""

    def __init__(
        self,
        make: Callable[[], Runner],
        on_failure: Callable[[BaseException], None],
        *,
        first_s: float = RESTART_FIRST_S,
        limit_s: float = RESTART_LIMIT_S,
    ) -> None:
        self._make = make
        self._on_failure = on_failure
        self._sound_s = limit_s
        self._stopping = asyncio.Event()
        self._backoff = Backoff(self._stopping, first_s=first_s, limit_s=limit_s)
        self._runner = make()
        self.failure: BaseException | None = None

    @property
    def figures(self) -> Figures:
        """Of the runner now, or of the one that failed last."""
        return self._runner.figures

    async def run(self) -> None:
        """Until `stop`."""
        while not self._stopping.is_set():
            began_s = time.monotonic()
            if (error := await self._outcome()) is None:
                return
            if time.monotonic() - began_s > self._sound_s:
                self._backoff.reset()
            self.failure = error
            self._on_failure(error)
            await self._backoff.pause()
            self._runner, self.failure = self._make(), None

    async def stop(self) -> None:
        """Ask the runner to end, and make no other."""
        self._stopping.set()
        await self._runner.stop()

    async def _outcome(self) -> BaseException | None:
        """What ended the runner, None when it was asked to end. A task's outcome can be looked at without catching."""
        running = asyncio.create_task(self._runner.run())
        try:
            await asyncio.wait({running})
        finally:
            running.cancel()
        return asyncio.CancelledError() if running.cancelled() else running.exception()
