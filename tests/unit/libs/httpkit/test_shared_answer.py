"""Tests of answers that are made once for all who ask meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from libs.httpkit.shared_answer import SharedAnswer


class Making:
    """Makes 1, 2, 3 …, each once `may_end` is set; the answers in `fails` fail instead."""

    def __init__(self, fails: frozenset[int] = frozenset()) -> None:
        self.fails = fails
        self.begun = 0
        self.may_end = asyncio.Event()

    async def make(self) -> int:
        self.begun += 1
        made = self.begun
        await self.may_end.wait()
        if made in self.fails:
            raise ValueError(made)
        return made


async def test_all_who_ask_while_it_is_made_share_one_answer() -> None:
    making = Making()
    answer = SharedAnswer(making.make)
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(answer.get()) for _ in range(50)]
        await asyncio.sleep(0)
        making.may_end.set()
    assert {one.result() for one in asking} == {1}


async def test_who_asks_afterwards_gets_another() -> None:
    making = Making()
    making.may_end.set()
    answer = SharedAnswer(making.make)
    assert [await answer.get(), await answer.get()] == [1, 2]


async def test_one_that_is_kept_is_handed_out_again() -> None:
    making = Making()
    making.may_end.set()
    answer = SharedAnswer(making.make, kept_s=60)
    assert [await answer.get(), await answer.get()] == [1, 1]


async def test_a_failure_is_its_asker_s_alone() -> None:
    making = Making(fails=frozenset({1}))
    making.may_end.set()
    answer = SharedAnswer(making.make, kept_s=60)
    with pytest.raises(ValueError, match="1"):
        await answer.get()
    assert await answer.get() == 2
