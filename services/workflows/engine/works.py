"""The runs of an executor: each waits for its turn, then is under way until it has come to something, or is cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from libs.telemetry.logger import get_logger
from services.workflows.engine.held import HeldSession
from services.workflows.engine.limits import Turn, Turns
from services.workflows.engine.partition import DEFECT, OwnedPartition
from services.workflows.engine.ports import RunTasks
from services.workflows.engine.runs import Run
from services.workflows.engine.session import TaskKey

_logger = get_logger(__name__)


@dataclass(slots=True, eq=False)
class Work:
    """A run that waits for its turn, or is under way: the `Place` of its task."""

    turns: Turns
    tenant_id: str
    is_code: bool
    turn: Turn | None = None
    task: asyncio.Task[None] | None = None

    def wait(self, begin: Callable[[], None]) -> None:
        """Queue for a turn."""
        self.turn = self.turns.take(self.tenant_id, begin, is_code=self.is_code)

    async def outside(self, wait: Awaitable[None]) -> None:
        self.leave()
        await wait
        came = asyncio.Event()
        self.wait(came.set)
        await came.wait()

    def leave(self) -> None:
        """Give the turn back, or leave the queue."""
        if self.turn is not None:
            self.turns.give_back(self.turn)

    def end(self) -> None:
        """End the run, whatever it is at."""
        if self.task is not None:
            self.task.cancel()
        else:
            self.leave()


class Works:
    """The runs that wait or are under way."""

    def __init__(self, runner: RunTasks, turns: Turns) -> None:
        self._runner = runner
        self._turns = turns
        self._under_way: dict[tuple[HeldSession, TaskKey], Work] = {}

    def waiting_starts(self) -> Iterator[int]:
        """Yield when sessions were accepted of which no task has had its turn yet."""
        for held, work in {held: work for (held, _), work in self._under_way.items()}.items():
            if work.task is None and held.state.seq == 0:
                yield held.state.started.at

    def begin(self, partition: OwnedPartition, held: HeldSession, key: TaskKey, run: Run) -> None:
        """Do a run once its turn has come."""
        is_code = self._runner.is_code(held, key)
        work = self._under_way[held, key] = Work(self._turns, held.state.tenant_id, is_code)

        def go() -> None:
            work.task = asyncio.create_task(self._run(partition, held, key, run, work))
            work.task.add_done_callback(lambda task: self._note_end(task, work, partition, held))

        work.wait(go)

    def cut(self, held: HeldSession, key: TaskKey) -> None:
        """End a run, whatever it is at, and tell nothing of it."""
        work = self._under_way.pop((held, key), None)
        if work is not None:
            work.end()

    async def _run(self, partition: OwnedPartition, held: HeldSession, key: TaskKey, run: Run, work: Work) -> None:
        try:
            part = await self._runner.run(held, key, run, work)
        finally:
            if self._under_way.get((held, key)) is work:
                del self._under_way[held, key]
            work.leave()
        partition.finish(held, key, run, part)

    def _note_end(self, task: asyncio.Task[None], work: Work, partition: OwnedPartition, held: HeldSession) -> None:
        """End a session of which a task could not even fail."""
        work.leave()  # A run that was cut before its first step has not done so itself.
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.error("run_failed", session=held.session_id, exc_info=error)
            partition.cannot_go_on(held, DEFECT)
