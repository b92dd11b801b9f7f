"""The queue in front of the number store: whatever waits while one group commits is the next group.

Records that wait are bounded; beyond that the answer is 503 at once. When a group fails for want of the store or
of the lease, all that waits fails with it, so nobody waits longer on a store that is away.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from libs.background.waiting import wait_unless
from libs.eventlog.errors import LogUnavailable
from libs.httpkit.errors import ApiError, unavailable
from libs.telemetry.logger import get_logger
from libs.telemetry.metrics import GATEWAY_GROUP_DURATION_SECONDS, GATEWAY_GROUP_SIZE, GATEWAY_WAITING
from services.gateway.model import PendingRecord, Submission
from services.gateway.numbering.committing import Committer
from services.gateway.numbering.gate import LOG, NUMBERS, RETRY_AFTER_S, Gate
from services.gateway.numbering.numbers import LeaseLost, NumberStore, NumbersUnavailable

_logger = get_logger(__name__)
_PROBE_PAUSE_S = 0.3


@dataclass(frozen=True, slots=True)
class Limits:
    """`waiting_records` bounds the records taken in and not answered; the others bound a group and the overlap.

    A group's appends overlap the next group's reservation, and one more may wait for the log. Reserving further ahead
    would only make groups smaller: the records that wait meanwhile are the next group.
    """

    waiting_records: int = 20_000
    group_records: int = 2_000
    group_bytes: int = 4 * 1024 * 1024
    groups_in_flight: int = 2


class GroupCommit:
    """Takes submissions and runs groups of them through the committer, one after the other; appends may overlap."""

    def __init__(self, committer: Committer, store: NumberStore, gate: Gate, limits: Limits | None = None) -> None:
        self._committer = committer
        self._store = store
        self._gate = gate
        self._limits = limits or Limits()
        self._queue: deque[Submission] = deque()
        self._waiting_records = 0
        self._news = asyncio.Event()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    @property
    def waiting_records(self) -> int:
        """The number of records that were taken in and are not answered."""
        return self._waiting_records

    def submit(self, group: Sequence[PendingRecord], byte_count: int) -> asyncio.Future[None]:
        """Queue a request's pending records; the future is done once each has its outcome. Raises 503 without room."""
        self._gate.check()
        count = len(group)
        if self._waiting_records and self._waiting_records + count > self._limits.waiting_records:
            raise unavailable("more records are waiting than this gateway can take; slow down", RETRY_AFTER_S)
        self._waiting_records += count
        submission = Submission(group, byte_count, asyncio.get_running_loop().create_future(), self._answered)
        self._queue.append(submission)
        self._news.set()
        return submission.done

    async def run(self, stopping: asyncio.Event) -> None:
        """Commit groups until `stopping` and nothing waits any more."""
        self._stopping = stopping
        _running.add(self)
        try:
            while not (stopping.is_set() and not self._queue):
                if not self._queue:
                    self._news.clear()
                    await self._news.wait()
                    continue
                group = self._next_group()
                await self._guarded(self._commit(group), group)
            if self._in_flight:
                await asyncio.wait(self._in_flight)
        finally:
            _running.discard(self)

    def wake(self) -> None:
        """Let `run` look at once whether it is to stop."""
        self._news.set()

    def _next_group(self) -> list[PendingRecord]:
        """Whole submissions from the front, up to a group's bounds but at least one."""
        group: list[PendingRecord] = []
        byte_count = 0
        while self._queue:
            following = self._queue[0]
            byte_count += following.byte_count
            full = len(group) + len(following.group) > self._limits.group_records
            if group and (full or byte_count > self._limits.group_bytes):
                break
            group += self._queue.popleft().group
        return group

    async def _guarded(self, work: Awaitable[None], group: Sequence[PendingRecord]) -> None:
        """Commit a group so that each of its requests is answered whatever goes wrong."""
        try:
            await work
        except Exception:  # noqa: BLE001
            self._give_up(group)

    def _give_up(self, group: Sequence[PendingRecord]) -> None:
        """Fail these requests after an error nobody foresaw, and leave their reservations to an adopter."""
        _logger.exception("group_failed", records=len(group))
        self._committer.abandon()
        error = ApiError("something went wrong on our side; it has been logged")
        for pending in group:
            pending.resolve(error)

    async def _commit(self, group: Sequence[PendingRecord]) -> None:
        GATEWAY_GROUP_SIZE.observe(len(group))
        started_s = time.perf_counter()
        try:
            rest = await self._committer.commit(group)
        except NumbersUnavailable as error:
            self._gate.close(NUMBERS, f"the number store does not answer: {error}")
            self._refuse_all(group, unavailable("the number store did not answer; try again", RETRY_AFTER_S))
            await self._until_store_answers()
        except LogUnavailable as error:
            self._gate.close(LOG, f"the log does not take records: {error}")
            self._refuse_all(group, unavailable("the log did not take the record; try again", RETRY_AFTER_S))
            await self._until_store_answers()
            self._gate.open(LOG)
        except LeaseLost:
            self._refuse_all(group, unavailable("this gateway has no lease on numbers; try again", RETRY_AFTER_S))
        else:
            GATEWAY_GROUP_DURATION_SECONDS.observe(time.perf_counter() - started_s)
            if rest is not None:
                await self._beside(rest, group)

    async def _beside(self, rest: Awaitable[None], group: Sequence[PendingRecord]) -> None:
        """Let the rest of a group run beside the next groups, so many at a time."""
        task = asyncio.create_task(self._guarded(rest, group))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)
        while len(self._in_flight) >= self._limits.groups_in_flight:
            await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
            if self._gate.is_closed_by(LOG):
                self._refuse_all((), unavailable("the log does not take records; try again", RETRY_AFTER_S))

    def _refuse_all(self, group: Sequence[PendingRecord], error: ApiError) -> None:
        """Refuse a group and all that waits behind it."""
        for pending in group:
            pending.resolve(error)
        while self._queue:
            for pending in self._queue.popleft().group:
                pending.resolve(error)

    async def _until_store_answers(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._store.ping()
            except NumbersUnavailable:
                await wait_unless(self._stopping, _PROBE_PAUSE_S)
            else:
                self._gate.open(NUMBERS)
                return

    def _answered(self, count: int) -> None:
        self._waiting_records -= count


_running: set[GroupCommit] = set()
"""Those of this process: the door's, and that of the tasks of workflows."""
GATEWAY_WAITING.set_function(lambda: sum(one.waiting_records for one in _running))
