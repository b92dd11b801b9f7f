"""Runs wait for their turns, and give them back however they end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

from services.workflows.engine.held import HeldSession
from services.workflows.engine.hosts import Place
from services.workflows.engine.limits import Limits, Turns
from services.workflows.engine.partition import OwnedPartition
from services.workflows.engine.runs import Part, Run
from services.workflows.engine.session import TaskKey
from services.workflows.engine.works import Works
from tests.support.waiting import eventually
from tests.support.workflows.session_states import session_of

KEY, RUN = TaskKey("T"), Run("attempt", 1, 1)


@dataclass
class Runner:
    """Does runs that a test lets end."""

    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[HeldSession] = field(default_factory=list)
    failure: Exception | None = None

    def is_code(self, held: HeldSession, key: TaskKey) -> bool:
        return False

    async def run(self, held: HeldSession, key: TaskKey, run: Run, place: Place) -> Part:
        self.begun.append(held)
        await self.let_go.wait()
        if self.failure is not None:
            raise self.failure
        return None


@dataclass
class Told:
    """What a partition is told."""

    finished: list[HeldSession] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def finish(self, held: HeldSession, key: TaskKey, run: Run, part: Part) -> None:
        self.finished.append(held)

    def cannot_go_on(self, held: HeldSession, reason: str) -> None:
        self.ended.append(reason)

    @property
    def partition(self) -> OwnedPartition:
        return cast("OwnedPartition", self)


def held() -> HeldSession:
    return HeldSession(session_of(), 1)


async def test_a_run_that_is_cut_gives_its_turn_back_whatever_it_is_at() -> None:
    runner, told = Runner(), Told()
    works = Works(runner, Turns(Limits(tasks=1)))
    at_once, under_way, waiting, last = held(), held(), held(), held()
    works.begin(told.partition, at_once, KEY, RUN)
    works.cut(at_once, KEY)
    for one in (under_way, waiting, last):
        works.begin(told.partition, one, KEY, RUN)
    await eventually(lambda: runner.begun == [under_way])
    assert len(list(works.waiting_starts())) == 2
    works.cut(waiting, KEY)
    works.cut(under_way, KEY)
    await eventually(lambda: runner.begun == [under_way, last])
    runner.let_go.set()
    await eventually(lambda: told.finished == [last])
    assert not list(works.waiting_starts())


async def test_a_run_that_raises_ends_its_session() -> None:
    runner, told = Runner(failure=ValueError("defect")), Told()
    runner.let_go.set()
    works = Works(runner, Turns(Limits(tasks=1)))
    works.begin(told.partition, held(), KEY, RUN)
    await eventually(lambda: told.ended == ["the session cannot go on because of a defect"])
    assert not told.finished
