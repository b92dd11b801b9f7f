"""A task that loses a cancellation is cancelled again."""

from __future__ import annotations

import asyncio

from libs.background.tasks import end_task


async def test_a_task_that_swallows_its_first_cancellation_ends_all_the_same() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if swallowed:
                    raise
                swallowed += 1

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await asyncio.wait_for(end_task(task), 20)
    assert task.cancelled()
    assert swallowed == 1
