"""An executor at work: reads its partitions, runs what their sessions call for, and appends what came of it.

One reader, one writer, one clock. Everything of a session is decided in `OwnedPartition`; here is only what waits.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from libs.background.backoff import Backoff
from libs.background.tasks import task_group
from libs.background.waiting import wait_unless
from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.eventlog.partitioner import partition_of
from libs.eventlog.port import EventLog, Positions, StoredRecord, Subscription, TopicPartition
from libs.projections.failures import MAY_PASS, will_pass
from libs.telemetry.logger import get_logger
from services.workflows.engine.entries import readable
from services.workflows.engine.fetching import Fetching
from services.workflows.engine.held import HeldSession
from services.workflows.engine.limits import Turns
from services.workflows.engine.outbox import Outbox
from services.workflows.engine.partition import DEFECT, OwnedPartition
from services.workflows.engine.ports import FindRules, LoadOpen, Opened, RulesMissing, RunTasks
from services.workflows.engine.presence import Load, WaitingStarts
from services.workflows.engine.runs import Run, SessionRules
from services.workflows.engine.session import TaskKey
from services.workflows.engine.works import Works

GROUP: Final = "workflows.executor"
_POLL_TIMEOUT_S: Final = 0.5
_MAX_RECORDS: Final = 2_000
_SWEEP_S: Final = 20.0
_LONGEST_SLEEP_MS: Final = 500
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 2.0
_logger = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionParts:
    """The parts of an executor: `member` names it in its group, `clock` returns milliseconds since the epoch.

    It holds `max_sessions` sessions in memory.
    """

    log: EventLog
    sessions: LoadOpen
    rules: FindRules
    runner: RunTasks
    turns: Turns
    member: str
    clock: Callable[[], int]
    max_sessions: int = 5_000


class Execution:
    """Runs the sessions of the partitions that its group gives it; `run` it once."""

    def __init__(self, parts: ExecutionParts, stopping: asyncio.Event) -> None:
        self._parts = parts
        self._stopping = stopping
        self._partitions: dict[TopicPartition, OwnedPartition] = {}
        self._changed: dict[TopicPartition, OwnedPartition] = {}
        self._outbox = Outbox(parts.log, parts.clock)
        self._news = asyncio.Event()
        self._works = Works(parts.runner, parts.turns)
        self._group: asyncio.TaskGroup | None = None
        self._finding: set[asyncio.Task[None]] = set()
        self._fetching = Fetching(parts.sessions, self._partitions, clock=parts.clock, backoff=_backoff())
        self._timer = asyncio.Event()
        self._sleeps_until = 0

    @property
    def partitions(self) -> Collection[OwnedPartition]:
        """The partitions that are held now."""
        return self._partitions.values()

    def load(self) -> Load:
        """Return what this executor has to do at this moment."""
        turns = self._parts.turns
        return Load(
            starts=self._waiting_starts(),
            sessions=sum(len(one.sessions) for one in self.partitions),
            running=turns.running,
            waiting=turns.waiting,
        )

    def _waiting_starts(self) -> WaitingStarts:
        """Return the starts that there is no room for, and those of which no task has its turn yet."""
        oldest = [next(iter(one.waiting.values())) for one in self.partitions if one.waiting]
        turnless = list(self._works.waiting_starts())
        count = sum(len(one.waiting) for one in self.partitions) + len(turnless)
        return WaitingStarts(count, min((*oldest, *turnless), default=None))

    async def run(self) -> None:
        """Work until stopping. Raises what waiting does not mend."""
        try:
            async with task_group() as self._group:
                work = (self._write(), self._keep_time(), self._sweep(), self._fetching.run())
                loops = [self._group.create_task(loop) for loop in work]
                await self._read()
                for task in (*loops, *self._finding):
                    task.cancel()
        finally:
            self._give_up(list(self._partitions))

    def begin(self, partition: OwnedPartition, held: HeldSession, key: TaskKey, run: Run) -> None:
        self._works.begin(partition, held, key, run)

    def cut(self, held: HeldSession, key: TaskKey) -> None:
        self._works.cut(held, key)

    def rules_of(self, partition: OwnedPartition, held: HeldSession) -> SessionRules | None:
        state = held.state
        rules = self._parts.rules.known(state.started, state.tenant_id)
        if rules is None:
            assert self._group is not None
            task = self._group.create_task(self._find_rules(partition, held))
            self._finding.add(task)
            task.add_done_callback(self._finding.discard)
        return rules

    def fetch(self, partition: OwnedPartition, session_id: str) -> None:
        self._fetching.want(partition, session_id)

    def has_room(self) -> bool:
        return self._room() > 0

    def _room(self) -> int:
        """Return how many sessions more may be held."""
        return self._parts.max_sessions - sum(len(one.sessions) for one in self.partitions)

    def changed(self, partition: OwnedPartition) -> None:
        self._changed[partition.place] = partition
        self._news.set()

    async def _find_rules(self, partition: OwnedPartition, held: HeldSession) -> None:
        backoff = _backoff(self._stopping)
        while held.rules is None and not self._stopping.is_set():
            try:
                partition.learned(held, await self._parts.rules.find(held.state.started, held.state.tenant_id))
            except RulesMissing as error:
                partition.cannot_go_on(held, str(error))
                return
            except MAY_PASS as error:
                if not will_pass(error):
                    raise
                await backoff.pause()
            except Exception:  # a version that cannot be read ends its sessions alone
                _logger.exception("rules_unreadable", session=held.session_id)
                partition.cannot_go_on(held, DEFECT)
                return

    async def _read(self) -> None:
        """Follow the group's assignments and the partitions' records until stopping."""
        backoff = _backoff(self._stopping)
        subscription: Subscription | None = None
        try:
            while not self._stopping.is_set():
                try:
                    subscription = subscription or await self._parts.log.subscribe(
                        GROUP, [WORKFLOW_SESSIONS], member=self._parts.member, on_assigned=self._assigned
                    )
                    records = await subscription.poll(timeout_s=_POLL_TIMEOUT_S, max_records=_MAX_RECORDS)
                except MAY_PASS as error:
                    if not will_pass(error):
                        raise
                    await backoff.pause()
                else:
                    backoff.reset()
                    self._give_up([place for place in self._partitions if place not in subscription.assignment])
                    self._take(records)
        finally:
            if subscription is not None:
                await subscription.stop()

    async def _assigned(self, places: frozenset[TopicPartition]) -> Positions:
        """Take over partitions: their open sessions from the read model, and what the log has from there on."""
        self._give_up(places)
        log, topics = self._parts.log, [WORKFLOW_SESSIONS]
        ends = await log.end_offsets(topics)
        async with self._parts.sessions.opened([place.partition for place in places]) as opened:
            beginnings = await log.beginning_offsets(topics)
            taken = {
                # Read on from what is kept, should it begin later than the model ends.
                place: OwnedPartition(
                    place, uuid.uuid4().hex, max(opened.positions.get(place, 0), beginnings[place]), ends[place], self
                )
                for place in places
            }
            # Held before their sessions are loaded: what these ask for meanwhile must not be taken for another's.
            self._partitions |= taken
            await self._adopt(opened, {place.partition: one for place, one in taken.items()}, len(ends))
        now_ms = self._parts.clock()
        for partition in taken.values():
            partition.begin_to_act(now_ms)
        _logger.info("executor_took_partitions", partitions=sorted(place.partition for place in places))
        return {place: self._partitions[place].position for place in places}

    async def _adopt(self, opened: Opened, partitions: Mapping[int, OwnedPartition], count: int) -> None:
        room, now_ms = self._room(), self._parts.clock()
        async for states in opened.pages():
            for state in states:
                partition = partitions.get(partition_of(state.key, count))
                if partition is not None:
                    room -= partition.adopt(state, now_ms, has_room=room > 0)

    def _give_up(self, places: Collection[TopicPartition]) -> None:
        for place in places:
            partition = self._partitions.pop(place, None)
            if partition is not None:
                partition.give_up()

    def _take(self, records: Sequence[StoredRecord]) -> None:
        now_ms = self._parts.clock()
        for record in records:
            partition = self._partitions.get(record.topic_partition)
            if partition is not None and record.offset >= partition.position:
                partition.take(record.offset, readable(record), now_ms)

    async def _write(self) -> None:
        """Settle what changed and append what follows, everything that waits in one go."""
        backoff = _backoff()
        while True:
            await self._news.wait()
            self._news.clear()
            self._settle()
            self._take_up()
            if not self._outbox:
                continue
            if await self._outbox.append():
                backoff.reset()
            else:
                await backoff.pause()
            if self._outbox:
                self._news.set()

    def _settle(self) -> None:
        changed, self._changed = self._changed, {}
        now_ms = self._parts.clock()
        for place, partition in changed.items():
            if self._partitions.get(place) is not partition:
                continue
            self._outbox.put(partition, partition.settle(now_ms))
            self._wake_at(partition.next_due)

    async def _keep_time(self) -> None:
        """Let partitions look at the sessions whose time has come."""
        while True:
            now_ms = self._parts.clock()
            for partition in self._partitions.values():
                partition.tick(now_ms)
            dues = [due for one in self._partitions.values() if (due := one.next_due) is not None]
            until = self._sleeps_until = min(dues, default=now_ms + _LONGEST_SLEEP_MS)
            self._timer.clear()
            await wait_unless(self._timer, min(max(until - now_ms, 1), _LONGEST_SLEEP_MS) / 1_000)

    async def _sweep(self) -> None:
        """Let sessions leave memory to which nothing happens, and take up starts that there was no room for."""
        swept_ms = self._parts.clock()
        while True:
            await asyncio.sleep(_SWEEP_S)
            now_ms = self._parts.clock()
            for partition in self.partitions:
                partition.sweep(now_ms, idle_since_ms=swept_ms)
                self._wake_at(partition.next_due)
            swept_ms = now_ms

    def _take_up(self) -> None:
        """Fetch starts that there was no room for, the partitions in turn, as many as there is room for now."""
        room = self._room() - len(self._fetching)
        partitions = [one for one in self.partitions if one.waiting]
        while room > 0 and partitions:
            partitions = [one for one in partitions[:room] if one.fetch_waiting()]
            room -= len(partitions)

    def _wake_at(self, due: int | None) -> None:
        if due is not None and due < self._sleeps_until:
            self._sleeps_until = due
            self._timer.set()


def _backoff(stopping: asyncio.Event | None = None) -> Backoff:
    """Return pauses that `stopping` ends; without it they are for a loop that is cut off, and goes on until then."""
    return Backoff(stopping or asyncio.Event(), first_s=_FIRST_PAUSE_S, limit_s=_LONGEST_PAUSE_S)
