"""The matcher: compares the events of its partitions with what the tasks of sessions wait for.

Each of several processes has some of the partitions of events, and follows all sessions. Whoever finds a match appends
it to the session's records, where the first for a wait counts. What holds when a process dies:

- before a match is acknowledged: the event is read again, by whoever gets the partition, from ten minutes before the
  last note on; a match that was in the log all the same has no effect the second time;
- a note says that at some moment every event then in the log had been compared with every wait then in the log, and the
  matches are acknowledged. A wait that came later may be served by an event of the ten minutes before it: these are
  read again as well.

Where the log or the database is away, all of it is begun anew. Tenants are compared side by side, so that a condition
that takes its time holds up those of its own tenant alone.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from libs.background.backoff import Backoff
from libs.background.tasks import task_group
from libs.background.waiting import wait_unless
from libs.contracts.paths import WORKFLOWS
from libs.contracts.times import current_ms
from libs.contracts.topics import EVENTS, WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import RetryRequested
from libs.eventlog.appending import append_all
from libs.eventlog.errors import ModelBehind
from libs.eventlog.port import EventLog, Positions, Reader, Record, StoredRecord, Subscription, TopicPartition
from libs.pg.database import Database
from libs.projections.failures import MAY_PASS, will_pass
from libs.records.sessions import KeyedRecord
from services.workflows.engine.entries import readable
from services.workflows.engine.session import fold
from services.workflows.expressions.evaluator import Evaluator
from services.workflows.matching.lanes import opened_lanes
from services.workflows.matching.matching import Matching
from services.workflows.matching.progress import Progress
from services.workflows.matching.recent import RecentEvent, RecentEvents, event_in
from services.workflows.matching.store import awaited_types, note, noted
from services.workflows.matching.waits import OpenWait, OpenWaits
from services.workflows.sessions.open_sessions import OpenSessions
from services.workflows.settings import WorkflowSettings
from services.workflows.task_types.wait_for_event import LOOK_BACK_MS

MATCHER: Final = "matcher"
GROUP: Final = f"{WORKFLOWS}.{MATCHER}"
_POLL_S: Final = 0.5
_LINGER_S: Final = 0.02
"""How long records of sessions gather between two looks: waits are met by so much later at most."""
_MAX_RECORDS: Final = 1_000
_NOTE_S: Final = 1.0
_CLOCKS_MS: Final = 5_000
"""By how much the clocks of processes may differ."""
_PROCESSES: Final = 2
_CONDITION_S: Final = 1.0
"""How long a condition may compute; one that takes longer is not true."""
_BACKOFF_FIRST_S, _BACKOFF_LIMIT_S = 0.2, 5.0


class Matcher:
    """The job."""

    service = WORKFLOWS
    name = MATCHER

    def __init__(self, settings: WorkflowSettings) -> None:
        self._member = settings.member

    async def run(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        backoff = Backoff(stopping, first_s=_BACKOFF_FIRST_S, limit_s=_BACKOFF_LIMIT_S)
        while not stopping.is_set():
            try:
                async with Evaluator(_PROCESSES, cpu_limit_s=_CONDITION_S) as expressions:
                    matching = Matching(OpenWaits(), RecentEvents(LOOK_BACK_MS), expressions)
                    await Watch(log, db, matching, member=self._member, stopping=stopping, backoff=backoff).run()
            except (*MAY_PASS, ModelBehind) as error:
                if not will_pass(error):
                    raise
                await backoff.pause()


class Watch:
    """One stretch of matching, from the open sessions of the read model on until something fails."""

    def __init__(
        self,
        log: EventLog,
        db: Database,
        matching: Matching,
        *,
        member: str,
        stopping: asyncio.Event,
        backoff: Backoff,
    ) -> None:
        self._log = log
        self._db = db
        self._matching = matching
        self._member = member
        self._stopping = stopping
        self._backoff = backoff
        self._open_sessions = OpenSessions(db)
        self._progress = Progress()
        self._behind: dict[str, Callable[[], None]] = {}
        """What releases the progress that tenants hold whose lanes had no room."""

    async def run(self) -> None:
        """Match until stopping. Raises what its log and database raise."""
        await self._learn()
        async with (
            opened_lanes(self._catch_up) as self._lanes,
            self._sessions() as reader,
            self._events() as subscription,
            task_group() as tasks,
        ):
            tasks.create_task(self._follow_sessions(reader))
            tasks.create_task(self._follow_events(subscription))
            tasks.create_task(self._note(subscription))

    @asynccontextmanager
    async def _sessions(self) -> AsyncIterator[Reader]:
        """Yield a reader of the sessions' records, at the log's end as it was."""
        ends = await self._log.end_offsets((WORKFLOW_SESSIONS,))
        reader = await self._log.reader(await self._adopt(ends))
        try:
            while any(self._progress.read[place] < end for place, end in ends.items()):
                await self._take_sessions(await reader.poll(timeout_s=_POLL_S, max_records=_MAX_RECORDS))
            yield reader
        finally:
            await reader.stop()

    async def _adopt(self, places: Positions) -> Positions:
        """Take the open sessions of the read model; return where the log has more of them."""
        positions = dict(await self._log.beginning_offsets((WORKFLOW_SESSIONS,)))
        for place in places:
            async with self._open_sessions.opened((place.partition,)) as opened:
                async for states in opened.pages():
                    for state in states:
                        self._matching.waits.adopt(state)
            positions |= {at: max(offset, positions[at]) for at, offset in opened.positions.items()}
        self._progress.begin(positions)
        return positions

    @asynccontextmanager
    async def _events(self) -> AsyncIterator[Subscription]:
        subscription = await self._log.subscribe(
            GROUP, (EVENTS,), member=self._member, on_assigned=self._begin_partitions
        )
        try:
            yield subscription
        finally:
            await subscription.stop()

    async def _begin_partitions(self, places: frozenset[TopicPartition]) -> Positions:
        """Return where the events of newly assigned partitions may matter to a wait that is open or yet to come."""
        now_ms = current_ms()
        levels = await noted(self._db, [place.partition for place in places])
        since = self._matching.waits.earliest_since()
        unnoted = now_ms - LOOK_BACK_MS if since is None else min(since, now_ms - LOOK_BACK_MS)
        starts: dict[TopicPartition, int] = {}
        for place in places:
            level_ms = levels.get(place.partition)
            from_ms = unnoted if level_ms is None else level_ms - LOOK_BACK_MS
            starts[place] = (await self._log.offsets_at((EVENTS,), from_ms - _CLOCKS_MS))[place]
        self._progress.begin(starts)
        return starts

    async def _follow_sessions(self, reader: Reader) -> None:
        while not self._stopping.is_set():
            records = await reader.poll(timeout_s=_POLL_S, max_records=_MAX_RECORDS)
            await self._take_sessions(records)
            if records:
                await wait_unless(self._stopping, _LINGER_S)

    async def _take_sessions(self, records: Sequence[StoredRecord]) -> None:
        opened: dict[str, list[OpenWait]] = defaultdict(list)
        for record in records:
            if (entry := readable(record)) is not None:
                opened[entry.tenant_id] += await self._applied(entry)
        for tenant_id, waits in opened.items():
            if waits:
                self._lanes.put(tenant_id, partial(self._compare_waits, waits, self._progress.hold()))
        self._progress.passed(records)

    async def _applied(self, entry: KeyedRecord) -> list[OpenWait]:
        """Apply a record of a session. One that goes on after its end is taken from the read model, which has that."""
        record, waits = entry.record, self._matching.waits
        if not isinstance(record, RetryRequested) or waits.knows(record.session_id):
            return waits.apply(entry)
        opened = await self._open_sessions.load_some(((entry.tenant_id, record.session_id),))
        ended = next(iter(opened.states), None)
        state = fold(ended, record, tenant_id=entry.tenant_id, key=entry.key)
        return [] if state is None else waits.adopt(state)

    async def _follow_events(self, subscription: Subscription) -> None:
        while not self._stopping.is_set():
            records = await subscription.poll(timeout_s=_POLL_S, max_records=_MAX_RECORDS)
            events: dict[str, list[RecentEvent]] = defaultdict(list)
            for record in records:
                if (event := event_in(record)) is not None:
                    events[event.tenant_id].append(event)
            for tenant_id, came in events.items():
                self._take_events(tenant_id, came)
            self._progress.passed(records)
            self._backoff.reset()

    def _take_events(self, tenant_id: str, events: Sequence[RecentEvent]) -> None:
        """Have events compared in the tenant's lane; where that has no room, with those that are kept, later."""
        release = self._progress.hold()
        size_bytes = sum(event.size_bytes for event in events)
        if self._lanes.put(tenant_id, partial(self._compare_events, events, release), size_bytes):
            return
        for event in events:
            self._matching.recent.add(event)
        if tenant_id in self._behind:
            release()
        else:
            self._behind[tenant_id] = release

    async def _compare_events(self, events: Sequence[RecentEvent], release: Callable[[], None]) -> None:
        matches = [match for event in events for match in await self._matching.with_waits(event, current_ms())]
        await self._append(matches)
        release()

    async def _compare_waits(self, waits: Sequence[OpenWait], release: Callable[[], None]) -> None:
        await self._append(await self._matching.with_events(waits, current_ms()))
        release()

    async def _catch_up(self, tenant_id: str) -> None:
        await self._compare_waits(self._matching.waits.of_tenant(tenant_id), self._behind.pop(tenant_id))

    async def _append(self, matches: Sequence[Record]) -> None:
        if matches:
            await append_all(self._log, matches)

    async def _note(self, subscription: Subscription) -> None:
        """Once a second look which types are awaited, and note how far the events were compared, once they were."""
        while not self._stopping.is_set():
            level_ms = current_ms()
            ends = await self._log.end_offsets((EVENTS, WORKFLOW_SESSIONS))
            while not self._stopping.is_set():
                await wait_unless(self._stopping, _NOTE_S)
                await self._learn()
                held = subscription.assignment
                reached = {
                    place: at
                    for place, at in self._progress.done().items()
                    if place.topic != EVENTS.name or place in held
                }
                if held and all(at >= ends.get(place, 0) for place, at in reached.items()):
                    await note(self._db, [place.partition for place in held & reached.keys()], level_ms)
                    await subscription.commit_hint({place: reached[place] for place in held & reached.keys()})
                    break

    async def _learn(self) -> None:
        """Look which types of events somebody may wait for."""
        now_ms = current_ms()
        self._matching.recent.learn(await awaited_types(self._db), now_ms - _CLOCKS_MS, now_ms)
