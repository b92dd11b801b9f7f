"""Waits with a limit: for an event, and from one look at something to the next."""

from __future__ import annotations

import asyncio


async def wait_unless(event: asyncio.Event, timeout_s: float) -> None:
    """Wait `timeout_s`, or until the event is set."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return


class Looks:
    """Times the looks at something that a caller waits for, until `timeout_s` is over.

    The first pause takes `first_s`, each further one twice as long as the one before, up to `limit_s`.
    """

    def __init__(self, timeout_s: float, *, first_s: float, limit_s: float) -> None:
        self._deadline_s = asyncio.get_running_loop().time() + timeout_s
        self._pause_s = first_s
        self._limit_s = limit_s

    @property
    def is_time_over(self) -> bool:
        """Whether the caller waits no longer."""
        return self._left_s <= 0

    async def pause(self) -> None:
        """Wait until the next look, which is at the end of the time at the latest."""
        await asyncio.sleep(min(self._pause_s, self._left_s))
        self._pause_s = min(self._pause_s * 2, self._limit_s)

    @property
    def _left_s(self) -> float:
        return self._deadline_s - asyncio.get_running_loop().time()
