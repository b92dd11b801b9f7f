"""One consumer kept going: its runner is made anew after a failure, later each time, while the others run on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from libs.background.loops import Loop
from libs.projections.running import Figures
from libs.service.kept import RESTART_FIRST_S, RESTART_LIMIT_S, Kept

# A batch in hand is committed within this, or read again.
_GRACE_S = 15.0
_SILENT_S = 30.0


class Runner(Protocol):
    """The runner that is kept going, such as a `ConsumerRunner`."""

    figures: Figures

    async def run(self) -> None:
        """Until stopped; raises what waiting does not mend."""
        ...

    async def stop(self) -> None:
        """Let `run` end."""
        ...


class KeptRunner(Kept):
    """Runs what `make` makes until `stop`; at most one runner of it is alive."""

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
        self._make = make
        name = f"{self.figures.service}.{self.figures.name}"
        super().__init__(
            name,
            self._run_runner,
            on_runner_failure,
            on_failure=on_failure,
            grace_s=_GRACE_S,
            first_s=first_s,
            limit_s=limit_s,
        )

    @property
    def figures(self) -> Figures:
        """Of the runner now, or of the one that failed last."""
        return self._runner.figures

    async def stop(self) -> None:
        """Let the runner end, and make no other; idempotent."""
        self.request_stop()
        await self._runner.stop()
        await super().stop()

    async def _run_runner(self) -> None:
        await self._runner.run()

    def _renew(self) -> None:
        self._runner = self._make()

    def _trouble(self) -> str | None:
        figures = self.figures
        if (failed := super()._trouble()) is not None:
            return failed
        if not figures.has_begun:
            return "has not begun yet"
        if figures.stopped_reason:
            return f"stopped: {figures.stopped_reason}"
        # While it builds the generation that it waits for it does not ask the log, and the old generation serves.
        is_building = figures.waiting_for is not None and figures.rebuild_target > 0
        if figures.silent_s > _SILENT_S and not is_building:
            return f"has not heard from the log for {figures.silent_s:.0f} s"
        return None
