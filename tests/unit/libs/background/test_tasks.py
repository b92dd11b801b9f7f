"""A task that loses a cancellation is cancelled again."""

from __future__ import annotations

import asyncio

import pytest

from libs.background.tasks import end_task, task_group


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


async def test_the_first_failure_of_a_group_cancels_the_block_and_is_raised_itself() -> None:
    async def failing() -> None:
        raise ValueError("a bug")

    async def block() -> None:
        async with task_group() as group:
            group.create_task(failing())
            await asyncio.Event().wait()

    with pytest.raises(ValueError, match="a bug"):
        await block()
