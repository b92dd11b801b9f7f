"""A topic held in memory: every record applied once the log has it, for services that need reference data at hand.

Records of a partition are applied in order, some of them again after an outage, so `apply` must keep the highest
version it has seen. What `catch_up` promises holds whenever it returns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from libs.background.backoff import Backoff
from libs.background.loops import Loop
from libs.background.tasks import end_task
from libs.contracts.errors import InvalidRecord
from libs.contracts.topics import Topic
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import EventLog, Positions, Reader, StoredRecord

_POLL_TIMEOUT_S = 1.0
_MAX_RECORDS = 1_000
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
# A poll in progress ends by the reader's stop; cancelling it first could leave the client's own count wrong.
_GRACE_S = 2 * _POLL_TIMEOUT_S


class Replica(Loop):
    """Feeds every record of `topic` to `apply`; an InvalidRecord it raises is counted and passed over.

    Any other exception of `apply` ends the replica: it is raised by `start` and `catch_up` from then on.
    """

    def __init__(self, log: EventLog, topic: Topic, apply: Callable[[StoredRecord], None]) -> None:
        super().__init__(
            f"replica of {topic.name}", self._follow, wake=self._wake, grace_s=_GRACE_S, on_failure=self._wake
        )
        self._log = log
        self._topic = topic
        self._apply = apply
        self._reader: Reader | None = None
        self._positions: Positions = {}
        self._ends: Positions | None = None
        self._asking: asyncio.Task[Positions] | None = None
        self._asking_next: asyncio.Task[Positions] | None = None
        self._moved = asyncio.Event()
        self.ready = False
        self.invalid_records = 0
        self.last_invalid: str | None = None

    @property
    def positions(self) -> Positions:
        """The next offset to apply, per partition; empty before the first look for records."""
        return dict(self._positions)

    @property
    def lag(self) -> int | None:
        """The number of offsets from the last applied record to the topic's end as last read; None before that."""
        if self._ends is None or not self._positions:
            return None
        return sum(max(0, end - self._positions[tp]) for tp, end in self._ends.items())

    async def start(self) -> None:
        """Begin to read, and return once everything in the topic now is applied; an outage prolongs the wait.

        Raises LogMismatch when the topic is missing.
        """
        await super().start()
        backoff = self._backoff()
        while not self.stopping.is_set():
            try:
                await self._until_at(await self._fresh_ends())
            except LogUnavailable:
                await backoff.pause()
            else:
                self.ready = True
                return

    async def stop(self) -> None:
        """Stop reading; what was applied stays. Idempotent."""
        self.request_stop()
        self.ready = False
        if self._reader is not None:
            await self._reader.stop()
        await super().stop()
        for question in (self._asking, self._asking_next):
            if question is not None:
                await end_task(question)

    async def catch_up(self, timeout_s: float = 1.0) -> None:
        """Return once everything that was in the topic when this was called is applied.

        Raises LogUnavailable when that takes longer than `timeout_s` or the log does not answer. Concurrent calls
        share their questions to the log.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self._until_at(await self._fresh_ends())
        except TimeoutError:
            raise LogUnavailable(f"the replica of {self._topic.name} is not at its end after {timeout_s} s") from None

    async def _follow(self, stopping: asyncio.Event) -> None:
        backoff = self._backoff()
        while not stopping.is_set():
            try:
                await self._read()
                backoff.reset()
            except LogUnavailable:
                await backoff.pause()

    async def _read(self) -> None:
        if self._reader is None:
            beginnings = await self._log.beginning_offsets([self._topic])
            self._reader = await self._log.reader(beginnings)
            self._advance()
        for record in await self._reader.poll(timeout_s=_POLL_TIMEOUT_S, max_records=_MAX_RECORDS):
            self._take(record)
        self._advance()

    def _advance(self) -> None:
        assert self._reader is not None
        self._positions = self._reader.positions
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def _take(self, record: StoredRecord) -> None:
        try:
            self._apply(record)
        except InvalidRecord as error:
            self.invalid_records += 1
            self.last_invalid = f"{record.topic}/{record.partition}@{record.offset}: {error}"

    async def _until_at(self, ends: Positions) -> None:
        while any(self._positions.get(tp, -1) < end for tp, end in ends.items()):
            self._check_running()
            await self._moved.wait()
        self._check_running()

    def _check_running(self) -> None:
        self.raise_failure()
        if not self.is_running:
            raise LogUnavailable(f"the {self.name} is not running")

    async def _fresh_ends(self) -> Positions:
        """Return the topic's end, asked for no earlier than this call: a question already on its way does not count."""
        if self._asking is not None and not self._asking.done():
            if self._asking_next is None or self._asking_next.done():
                self._asking_next = asyncio.create_task(self._ask_after(self._asking))
            question = self._asking_next
        else:
            question = self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(question)

    async def _ask_after(self, earlier: asyncio.Task[Positions]) -> Positions:
        await asyncio.wait({earlier})
        self._asking, self._asking_next = self._asking_next, None
        return await self._ask()

    async def _ask(self) -> Positions:
        self._ends = await self._log.end_offsets([self._topic])
        return self._ends

    def _backoff(self) -> Backoff:
        return Backoff(self.stopping, first_s=_FIRST_PAUSE_S, limit_s=_LONGEST_PAUSE_S)

    def _wake(self, *_: object) -> None:
        self._moved.set()
