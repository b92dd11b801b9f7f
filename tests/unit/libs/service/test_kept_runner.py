"""What a runner's figures mean for the readiness of its process."""

from __future__ import annotations

import time

from libs.projections.running import Figures
from libs.service.kept_runner import KeptRunner


class Idle:
    """A runner with the figures of a test."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures

    async def run(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""


async def trouble(*, waiting_for: str | None = None, rebuild_target: int = 0) -> str | None:
    """What the check says of a runner that has not asked the log for a minute."""
    silent = Figures("toys", "sums", has_begun=True, last_poll=time.monotonic() - 60.0)
    silent.waiting_for, silent.rebuild_target = waiting_for, rebuild_target
    kept = KeptRunner(lambda: Idle(silent), lambda _: None)
    await kept.start()
    try:
        return await kept.check()
    finally:
        await kept.stop()


async def test_silence_is_trouble() -> None:
    assert await trouble() == "has not heard from the log for 60 s"
    assert await trouble(waiting_for="the rebuild to version 2"), "nobody builds it here"


async def test_silence_while_the_next_generation_is_built_is_none() -> None:
    assert await trouble(waiting_for="the rebuild to version 2", rebuild_target=1_000) is None
