"""An executor at work: reads its partitions, runs what their sessions call for, and appends what came of it.

One reader, one writer, one clock. Everything of a session is decided in `OwnedPartition`; here is only what waits.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple, Protocol

from libs.background.backoff import Backoff
from libs.background.tasks import task_group
from libs.background.waiting import wait_unless
from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import SessionStarted
from libs.eventlog.errors import AppendFailed, LogUnavailable, ModelBehind
from libs.eventlog.partitioner import partition_of
from libs.eventlog.port import Appended, EventLog, Positions, Record, StoredRecord, Subscription, TopicPartition
from libs.projections.failures import MAY_PASS, will_pass
from libs.records.sessions import KeyedRecord
from libs.telemetry.logger import get_logger
from services.workflows.engine.entries import readable
from services.workflows.engine.held import HeldSession
from services.workflows.engine.hosts import Place
from services.workflows.engine.limits import Turn, Turns
from services.workflows.engine.messages import Message, messages_before
from services.workflows.engine.partition import Flight, OwnedPartition
from services.workflows.engine.presence import WaitingStarts
from services.workflows.engine.runs import Part, Run, SessionRules
from services.workflows.engine.session import SessionState, TaskKey
from services.workflows.sessions.records import session_record

GROUP: Final = "workflows.executor"
_POLL_TIMEOUT_S: Final = 0.5
_MAX_RECORDS: Final = 2_000
_SWEEP_S: Final = 20.0
_FETCH_SESSIONS: Final = 200
_LONGEST_SLEEP_MS: Final = 500
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 2.0
_DEFECT: Final = "the session cannot go on because of a defect"
_logger = get_logger(__name__)


class Loaded(Protocol):
    """Sessions, and the offsets from which the log has more of them."""

    @property
    def states(self) -> Sequence[SessionState]:
        """The sessions."""
        ...

    @property
    def positions(self) -> Positions:
        """Where reading goes on; a partition that is missing is read from its beginning."""
        ...


class Opened(Protocol):
    """The open sessions of partitions, however many they are, and the offsets from which the log has more of them."""

    @property
    def positions(self) -> Positions:
        """Where reading goes on; a partition that is missing is read from its beginning."""
        ...

    def pages(self) -> AsyncIterator[Sequence[SessionState]]:
        """Yield the sessions, oldest first."""
        ...


class LoadOpen(Protocol):
    """Sessions as the read model has them."""

    def opened(self, partitions: Collection[int]) -> AbstractAsyncContextManager[Opened]:
        """Yield the open sessions of partitions."""
        ...

    async def load_some(self, sessions: Collection[tuple[str, str]]) -> Loaded:
        """Return sessions, open or not, by tenant and id, as of the positions. Raises ModelBehind without a model."""
        ...


class FindRules(Protocol):
    """The versions of workflows that sessions run."""

    def known(self, started: SessionStarted, tenant_id: str) -> SessionRules | None:
        """Return the rules of a session when they are at hand."""
        ...

    async def find(self, started: SessionStarted, tenant_id: str) -> SessionRules:
        """Return the rules of a session. Raises RulesMissing, and errors of what is away."""
        ...


class RunTasks(Protocol):
    """The tasks' runs."""

    async def run(self, held: HeldSession, key: TaskKey, run: Run, place: Place) -> Part:
        """Do a run, whose turn has come, and return what it has come to."""
        ...

    def is_code(self, held: HeldSession, key: TaskKey) -> bool:
        """Return whether the task runs code."""
        ...


class RulesMissing(Exception):
    """The version that a session runs is not there."""


@dataclass(slots=True, eq=False)
class _Work:
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


class _Sending(NamedTuple):
    """A record of a session on its way to the log; the `messages` have to be there first."""

    partition: OwnedPartition
    flight: Flight
    messages: tuple[Message, ...]

    @property
    def is_wanted(self) -> bool:
        """Whether the partition is still held, and no other record took the place of this one."""
        held = self.flight.held
        return held.flight is self.flight.record and self.partition.sessions.get(held.session_id) is held

    def records(self) -> list[Record]:
        """Return what is to be appended now."""
        state = self.flight.before
        own = Message(state.key, self.flight.record)
        uow_id = state.started.uow_id
        return [session_record(state.tenant_id, key, uow_id, one) for key, one in (self.messages or (own,))]


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
        self._outbox: list[_Sending] = []
        self._news = asyncio.Event()
        self._works: dict[tuple[HeldSession, TaskKey], _Work] = {}
        self._group: asyncio.TaskGroup | None = None
        self._finding: set[asyncio.Task[None]] = set()
        self._wanted: dict[tuple[TopicPartition, str], OwnedPartition] = {}
        self._wants = asyncio.Event()
        self._timer = asyncio.Event()
        self._sleeps_until = 0

    @property
    def partitions(self) -> Collection[OwnedPartition]:
        """The partitions that are held now."""
        return self._partitions.values()

    def waiting_starts(self) -> WaitingStarts:
        """Return the starts that there is no room for, and those of which no task has its turn yet."""
        oldest = [next(iter(one.waiting.values())) for one in self.partitions if one.waiting]
        count = sum(len(one.waiting) for one in self.partitions)
        for held, work in {held: work for (held, _), work in self._works.items()}.items():
            if work.task is None and held.state.seq == 0:
                count += 1
                oldest.append(held.state.started.at)
        return WaitingStarts(count, min(oldest, default=None))

    async def run(self) -> None:
        """Work until stopping. Raises what waiting does not mend."""
        try:
            async with task_group() as self._group:
                work = (self._write(), self._keep_time(), self._sweep(), self._fetch())
                loops = [self._group.create_task(loop) for loop in work]
                await self._read()
                for task in (*loops, *self._finding):
                    task.cancel()
        finally:
            self._give_up(list(self._partitions))

    def begin(self, partition: OwnedPartition, held: HeldSession, key: TaskKey, run: Run) -> None:
        is_code = self._parts.runner.is_code(held, key)
        work = self._works[held, key] = _Work(self._parts.turns, held.state.tenant_id, is_code)

        def go() -> None:
            work.task = asyncio.create_task(self._run(partition, held, key, run, work))
            work.task.add_done_callback(lambda task: self._note_end(task, partition, held))

        work.wait(go)

    def cut(self, partition: OwnedPartition, held: HeldSession, key: TaskKey) -> None:  # noqa: ARG002
        work = self._works.pop((held, key), None)
        if work is not None:
            work.end()

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
        self._wanted[partition.place, session_id] = partition
        self._wants.set()

    def has_room(self) -> bool:
        return self._room() > 0

    def _room(self) -> int:
        """Return how many sessions more may be held."""
        return self._parts.max_sessions - sum(len(one.sessions) for one in self.partitions)

    def changed(self, partition: OwnedPartition) -> None:
        self._changed[partition.place] = partition
        self._news.set()

    async def _run(self, partition: OwnedPartition, held: HeldSession, key: TaskKey, run: Run, work: _Work) -> None:
        try:
            part = await self._parts.runner.run(held, key, run, work)
        finally:
            if self._works.get((held, key)) is work:
                del self._works[held, key]
            work.leave()
        partition.finish(held, key, run, part)

    def _note_end(self, task: asyncio.Task[None], partition: OwnedPartition, held: HeldSession) -> None:
        """End a session of which a task could not even fail."""
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.error("run_failed", session=held.session_id, exc_info=error)
            partition.cannot_go_on(held, _DEFECT)

    async def _find_rules(self, partition: OwnedPartition, held: HeldSession) -> None:
        backoff = self._backoff()
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
                partition.cannot_go_on(held, _DEFECT)
                return

    async def _read(self) -> None:
        """Follow the group's assignments and the partitions' records until stopping."""
        backoff = self._backoff()
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
            await self._adopt(opened, {place.partition: one for place, one in taken.items()}, len(ends))
        self._partitions |= taken
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
        backoff = self._backoff()
        while True:
            await self._news.wait()
            self._news.clear()
            self._settle()
            self._take_up()
            if not self._outbox:
                continue
            if await self._append():
                backoff.reset()
            else:
                await backoff.pause()
                self._news.set()

    def _settle(self) -> None:
        changed, self._changed = self._changed, {}
        now_ms = self._parts.clock()
        for place, partition in changed.items():
            if self._partitions.get(place) is not partition:
                continue
            for flight in partition.settle(now_ms):
                self._outbox.append(_Sending(partition, flight, messages_before(flight.before, flight.record)))
            self._wake_at(partition.next_due)

    async def _append(self) -> bool:
        """Append what waits; return False when some of it has to be appended again."""
        sendings, self._outbox = [one for one in self._outbox if one.is_wanted], []
        parts = [one.records() for one in sendings]
        records = [record for part in parts for record in part]
        if not records:
            return True
        try:
            outcomes = await self._parts.log.append(records)
        except LogUnavailable:
            self._outbox += sendings
            return False
        at, is_complete, now_ms = 0, True, self._parts.clock()
        for sending, part in zip(sendings, parts, strict=True):
            found = outcomes[at : at + len(part)]
            at += len(part)
            if any(isinstance(one, AppendFailed) for one in found):
                self._outbox.append(sending)
                is_complete = False
            elif sending.messages:
                self._outbox.append(sending._replace(messages=()))
                self._news.set()
            else:
                self._acknowledged(sending, found[0], now_ms)
        return is_complete

    def _acknowledged(self, sending: _Sending, place: object, now_ms: int) -> None:
        if sending.is_wanted and isinstance(place, Appended):
            state, record = sending.flight.before, sending.flight.record
            sending.partition.acknowledged(place.offset, KeyedRecord(state.tenant_id, state.key, record), now_ms)

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
        room = self._room() - len(self._wanted)
        partitions = [one for one in self.partitions if one.waiting]
        while room > 0 and partitions:
            partitions = [one for one in partitions[:room] if one.fetch_waiting()]
            room -= len(partitions)

    async def _fetch(self) -> None:
        """Load the sessions that are wanted, once the read model has what it has to have of them."""
        backoff = self._backoff()
        while True:
            await self._wants.wait()
            self._wants.clear()
            try:
                await self._fetch_wanted()
            except (*MAY_PASS, ModelBehind) as error:
                if not (isinstance(error, ModelBehind) or will_pass(error)):
                    raise
            if self._wanted:
                await backoff.pause()
                self._wants.set()
            else:
                backoff.reset()

    async def _fetch_wanted(self) -> None:
        wanted = dict(islice(self._wanted.items(), _FETCH_SESSIONS))
        keys = [(one.away[id_].tenant_id, id_) for (_, id_), one in wanted.items() if id_ in one.away]
        opened = await self._parts.sessions.load_some(keys)
        states = {(one.tenant_id, one.session_id): one for one in opened.states}
        now_ms = self._parts.clock()
        for (place, session_id), partition in wanted.items():
            away = partition.away.get(session_id)
            as_of = opened.positions.get(place, 0)
            if self._partitions.get(place) is not partition or away is None:
                del self._wanted[place, session_id]
            elif as_of >= away.passed:
                del self._wanted[place, session_id]
                partition.fetched(session_id, states.get((away.tenant_id, session_id)), as_of, now_ms)

    def _wake_at(self, due: int | None) -> None:
        if due is not None and due < self._sleeps_until:
            self._sleeps_until = due
            self._timer.set()

    def _backoff(self) -> Backoff:
        return Backoff(self._stopping, first_s=_FIRST_PAUSE_S, limit_s=_LONGEST_PAUSE_S)
