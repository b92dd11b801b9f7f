"""A partition of the sessions' topic in the hands of an executor: its sessions, folded in the order of their offsets.

The law: a session is acted on only in the state that all records before `position` give it. A record of this executor
is folded once everything before it was: at its acknowledgement when nothing lies between, else when it is read back.
So nobody acts on a result that another executor's record has made void.

Nothing here does any I/O: `shell` begins and cuts runs, and appends what `settle` returns.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from libs.contracts.workflow_sessions import (
    CancelRequested,
    RetryRequested,
    SessionAdvanced,
    SessionStarted,
)
from libs.eventlog.port import TopicPartition
from libs.records.sessions import KeyedRecord
from libs.telemetry.logger import get_logger
from services.workflows.engine.away import AwaySession
from services.workflows.engine.counted import Queues
from services.workflows.engine.held import HeldSession
from services.workflows.engine.planning import end_by_defect, end_of_unwanted, next_record
from services.workflows.engine.recent import KEPT_MS, RecentSessions
from services.workflows.engine.runs import (
    Fan,
    Part,
    Run,
    SessionRules,
    has_not_begun_as_child,
    may_run_elsewhere,
    next_due,
    rests,
    wanted_runs,
)
from services.workflows.engine.session import SessionState, TaskKey, fold
from services.workflows.engine.shell import Flight, Shell
from services.workflows.engine.step_counts import count_step

HANDS_OFF_MS: Final = 5_000
"""How long a session is left to another executor that has just written to it: one of the two will learn meanwhile that
it has lost the partition."""
HORIZON_MS: Final = 60_000
"""Sessions with nothing due within this time need not be in memory."""
DEFECT: Final = "the session cannot go on because of a defect"
_logger = get_logger(__name__)


@dataclass(slots=True, eq=False)
class OwnedPartition:
    """A partition from an assignment to its loss; `executor` is a name that nobody else has.

    It is read from `position`; once that is at `until`, the end of the log as it was at the assignment, the sessions
    are acted on. `waiting` are the starts that there is no room for, with their times, in their order.
    """

    place: TopicPartition
    executor: str
    position: int
    until: int
    shell: Shell
    sessions: dict[str, HeldSession] = field(default_factory=dict)
    away: dict[str, AwaySession] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    ended: RecentSessions = field(default_factory=RecentSessions)
    cancelled_early: RecentSessions = field(default_factory=RecentSessions)
    queues: Queues = field(default_factory=Queues)
    _acknowledged: dict[int, KeyedRecord] = field(default_factory=dict)
    _dirty: dict[str, None] = field(default_factory=dict)
    _timers: list[tuple[int, str]] = field(default_factory=list)
    _acts: bool = False
    _acts_since_ms: int = 0

    def adopt(self, state: SessionState, now_ms: int, *, has_room: bool) -> bool:
        """Take an open session as it was before `position`; return whether it is in memory: not while it rests."""
        due, is_at_rest = next_due(state), rests(state)
        if has_room and not (is_at_rest and due > now_ms + HORIZON_MS):
            self._hold(state, self.position).is_adopted = True
            return True
        self.queues.note(state)
        away = self.away[state.session_id] = AwaySession(state.tenant_id, state.key, self.position)
        if is_at_rest:
            away.due = due
        else:
            self.waiting[state.session_id] = now_ms
        return False

    def take(self, offset: int, entry: KeyedRecord | None, now_ms: int) -> None:
        """Take a record that was read; None stands for one that cannot be decoded."""
        if offset < self.position:
            return
        self._acknowledged = {at: one for at, one in self._acknowledged.items() if at > offset}
        self._pass(offset, entry, now_ms)
        self._pass_acknowledged(now_ms)
        self.begin_to_act(now_ms)

    def acknowledged(self, offset: int, entry: KeyedRecord, now_ms: int) -> None:
        """Take a record of this executor that the log has."""
        if offset >= self.position:
            self._acknowledged[offset] = entry
            self._pass_acknowledged(now_ms)

    def begin_to_act(self, now_ms: int) -> None:
        """Act on the sessions from now on, if everything is read that the log had at the assignment."""
        if self._acts or self.position < self.until:
            return
        self._acts = True
        self._acts_since_ms = now_ms
        for held in self.sessions.values():
            held.unsure = dict.fromkeys(may_run_elsewhere(held.state, now_ms))
            self._touch(held)
        for session_id in self.queues.firsts():
            self._wake(session_id)
        self.sweep(now_ms, idle_since_ms=now_ms)

    def sweep(self, now_ms: int, *, idle_since_ms: int) -> None:
        """Set the timers of the next minute; let go of sessions without any, to which nothing happened since a time."""
        for held in list(self.sessions.values()):
            due = next_due(held.state)
            if due <= now_ms + HORIZON_MS:
                self._set_timer(held, now_ms)
            elif held.touched_ms <= idle_since_ms and self._may_leave(held):
                del self.sessions[held.session_id]
                self.away[held.session_id] = AwaySession(held.state.tenant_id, held.state.key, held.passed, due)
        for session_id, one in self.away.items():
            if one.due is not None and one.due <= now_ms + HORIZON_MS:
                heapq.heappush(self._timers, (one.due, session_id))

    def fetch_waiting(self) -> bool:
        """Fetch the oldest start that there was no room for; return False when none waits."""
        session_id = next(iter(self.waiting), None)
        if session_id is None:
            return False
        del self.waiting[session_id]
        self._fetch(session_id, self.away[session_id])
        return True

    def fetched(self, session_id: str, state: SessionState | None, as_of: int, now_ms: int) -> None:
        """Take a session as it was at an offset, which `away` says that it had to be at least."""
        one = self.away.pop(session_id, None)
        if one is None or (state is not None and not one.is_of(state.key)):
            return
        passed = as_of
        for offset, entry in one.records:
            if offset >= as_of:
                passed = offset + 1
                state = fold(state, entry.record, tenant_id=entry.tenant_id, key=entry.key)
        if state is None:
            return
        if not state.is_open:
            self._note_turn(state)
            self.ended.add(session_id, now_ms)
            return
        self.ended.discard(session_id)
        held = self._hold(state, passed)
        held.is_adopted = not one.is_fresh or state.seq > 0
        if held.is_adopted:
            held.unsure = dict.fromkeys(may_run_elsewhere(state, now_ms))

    def learned(self, held: HeldSession, rules: SessionRules) -> None:
        """Take the rules of a session."""
        held.rules = rules
        self._touch(held)

    def cannot_go_on(self, held: HeldSession, reason: str) -> None:
        """End a session, for a reason that lies not in its tasks."""
        held.defect = reason
        self._touch(held)

    def finish(self, held: HeldSession, key: TaskKey, run: Run, part: Part) -> None:
        """Take what a run has come to."""
        if held.runs.get(key) != run:
            return
        del held.runs[key]
        if isinstance(part, Fan):
            held.fans[key] = (run, part)
        else:
            held.finished[key] = (run, part)
        self._touch(held)

    @property
    def next_due(self) -> int | None:
        """The time (ms) at which a session is due next; None when none is."""
        return self._timers[0][0] if self._timers else None

    def tick(self, now_ms: int) -> None:
        """Look at the sessions whose time has come."""
        while self._timers and self._timers[0][0] <= now_ms:
            due, session_id = heapq.heappop(self._timers)
            held, away = self.sessions.get(session_id), self.away.get(session_id)
            if held is not None and held.due == due:
                held.due = None
                self._touch(held)
            elif away is not None and away.due == due:
                self._fetch(session_id, away)

    def settle(self, now_ms: int) -> Sequence[Flight]:
        """Bring runs and records of the sessions that changed up to date; return the records to be appended."""
        dirty, self._dirty = self._dirty, {}
        flights = []
        for session_id in dirty:
            held = self.sessions.get(session_id)
            if held is not None and (record := self._settle(held, now_ms)) is not None:
                held.flight = record
                flights.append(Flight(held, held.state, record))
        return flights

    def give_up(self) -> None:
        """Cut every run: the partition is another's."""
        for held in self.sessions.values():
            self._cut_all(held)
        self.sessions.clear()

    def _settle(self, held: HeldSession, now_ms: int) -> SessionAdvanced | None:
        if not self._acts:
            return None
        if held.is_unwanted:
            return end_of_unwanted(held.state, self.executor, now_ms) if held.flight is None else None
        if held.defect is not None:
            return end_by_defect(held.state, self.executor, now_ms, held.defect) if held.flight is None else None
        if held.rules is None and not held.is_learning:
            held.rules = self.shell.rules_of(self, held)
            held.is_learning = held.rules is None
        if held.rules is None:
            return None
        held.touched_ms = now_ms
        try:
            return self._act(held, held.rules, now_ms)
        except Exception:  # whatever planning raises ends its session alone
            _logger.exception("planning_failed", session=held.session_id)
            held.defect = DEFECT
            return self._settle(held, now_ms)

    def _act(self, held: HeldSession, rules: SessionRules, now_ms: int) -> SessionAdvanced | None:
        self._reconcile(held, rules, now_ms)
        self._set_timer(held, now_ms)
        if held.flight is not None:
            return None
        if held.is_planned and held.runs and not (held.finished or held.unsure or held.fans):
            return None
        held.is_planned = True
        may_begin = self.queues.may_begin(held.state, rules.max_sessions)
        return next_record(held, rules, executor=self.executor, now_ms=now_ms, may_begin=may_begin)

    def _reconcile(self, held: HeldSession, rules: SessionRules, now_ms: int) -> None:
        """Keep exactly the runs going that the state calls for; items run once it is known what they are."""
        tasks = held.state.tasks
        held.unsure = {key: None for key in held.unsure if tasks[key].status in ("running", "retrying")}
        wanted = wanted_runs(held.state, rules, unsure=held.unsure, now_ms=now_ms)
        held.fans = {key: one for key, one in held.fans.items() if wanted.get(key) == one[0]}
        for key, (run, _) in list(held.finished.items()):
            if wanted.get(key) != run:
                del held.finished[key]
        for key, run in list(held.runs.items()):
            if wanted.get(key) != run:
                del held.runs[key]
                self.shell.cut(held, key)
        for key, run in wanted.items():
            is_known = key.item is None or TaskKey(key.task) in held.fans
            if is_known and key not in held.runs and key not in held.finished and key not in held.fans:
                held.runs[key] = run
                self.shell.begin(self, held, key, run)

    def _pass(self, offset: int, entry: KeyedRecord | None, now_ms: int) -> None:
        self.position = offset + 1
        if entry is None:
            return
        session_id = entry.record.session_id
        held = self.sessions.get(session_id)
        if held is not None:
            if offset >= held.passed:
                held.passed = offset + 1
                self._fold(held, entry, now_ms)
        elif (away := self.away.get(session_id)) is not None:
            away.records.append((offset, entry))
            if session_id not in self.waiting:
                self._fetch(session_id, away)
        else:
            self._meet(offset, entry, now_ms)

    def _pass_acknowledged(self, now_ms: int) -> None:
        while (entry := self._acknowledged.pop(self.position, None)) is not None:
            self._pass(self.position, entry, now_ms)

    def _meet(self, offset: int, entry: KeyedRecord, now_ms: int) -> None:
        """Take a record of a session that is not known: its start, or one by which it goes on after its end.

        A child may be cancelled before its start is there, where who starts it was held up meanwhile.
        A start that may be a repetition is looked up: the session may have ended before this partition was taken over.
        """
        session_id = entry.record.session_id
        match entry.record:
            case SessionStarted() if session_id not in self.ended:
                state = fold(None, entry.record, tenant_id=entry.tenant_id, key=entry.key)
                assert state is not None
                away = AwaySession(entry.tenant_id, entry.key, offset + 1, is_fresh=self._acts)
                if entry.record.again and not self._remembers(entry.record.at, now_ms):
                    self.away[session_id] = away
                    self._fetch(session_id, away)
                elif self.shell.has_room():
                    self._hold(state, offset + 1).is_adopted = not self._acts
                else:
                    self.queues.note(state)
                    self.away[session_id] = away
                    self.waiting[session_id] = state.started.at
            case CancelRequested():
                self.cancelled_early.add(session_id, now_ms)
            case RetryRequested():
                away = self.away[session_id] = AwaySession(entry.tenant_id, entry.key, offset + 1)
                self._fetch(session_id, away)

    def _remembers(self, at_ms: int, now_ms: int) -> bool:
        """Return whether `ended` has all sessions that began at a time and have ended."""
        return self._acts and self._acts_since_ms + KEPT_MS <= at_ms and now_ms < at_ms + KEPT_MS

    def _fold(self, held: HeldSession, entry: KeyedRecord, now_ms: int) -> None:
        before, record = held.state, entry.record
        planned = held.tentative
        if planned is not None and planned[0] is before and planned[1] is record:
            held.state = planned[2]
        else:
            held.state = fold(before, record, tenant_id=entry.tenant_id, key=entry.key) or before
        if held.state is before:
            return
        held.tentative = None
        if isinstance(record, SessionAdvanced):
            self._note_step(held, record, now_ms)
            if record.executor == self.executor:
                count_step(before, record)
        self._note_status(held, now_ms)
        self._touch(held)
        # A record of one's own was made with all that follows of it; whatever else happens is looked at anew.
        held.is_planned = isinstance(record, SessionAdvanced) and record.executor == self.executor

    def _note_step(self, held: HeldSession, record: SessionAdvanced, now_ms: int) -> None:
        """Note what this executor may run by a record of its own, and what another one may be running."""
        if held.flight is not None and held.flight.seq <= held.state.seq:
            held.flight = None
        keys = [TaskKey(at.task, at.item) for at in (*record.started, *record.resumed)]
        if record.executor == self.executor:
            for key in keys:
                held.unsure.pop(key, None)
        elif self._acts:
            held.is_adopted = True
            held.unsure.update(dict.fromkeys(keys))
            held.hands_off_until = now_ms + HANDS_OFF_MS

    def _note_status(self, held: HeldSession, now_ms: int) -> None:
        self._note_turn(held.state)
        if not held.state.is_open:
            self._cut_all(held)
            del self.sessions[held.session_id]
            self.ended.add(held.session_id, now_ms)

    def _note_turn(self, state: SessionState) -> None:
        """Note a session's status among those that run few at a time, and look at the one whose turn is next."""
        following = self.queues.note(state)
        if following is not None:
            self._wake(following)

    def _wake(self, session_id: str) -> None:
        """Look at a session whose turn it may be."""
        if (held := self.sessions.get(session_id)) is not None:
            self._touch(held)
        elif (away := self.away.get(session_id)) is not None:
            self.waiting.pop(session_id, None)
            self._fetch(session_id, away)

    def _hold(self, state: SessionState, passed: int) -> HeldSession:
        held = self.sessions[state.session_id] = HeldSession(state, passed)
        held.is_unwanted = has_not_begun_as_child(state) and state.session_id in self.cancelled_early
        self._note_turn(state)
        self._touch(held)
        return held

    def _touch(self, held: HeldSession) -> None:
        held.is_planned = False
        if not self._dirty:
            self.shell.changed(self)
        self._dirty[held.session_id] = None

    def _fetch(self, session_id: str, away: AwaySession) -> None:
        if not away.is_wanted:
            away.is_wanted = True
            self.shell.fetch(self, session_id)

    def _may_leave(self, held: HeldSession) -> bool:
        """Return whether nothing goes on for a session, here or maybe elsewhere, and nothing is about to."""
        if not (self._acts and held.is_idle) or held.rules is None or held.session_id in self._dirty:
            return False
        return not any(task.status == "running" for task in held.state.tasks.values())

    def _set_timer(self, held: HeldSession, now_ms: int) -> None:
        """Note when the session's time comes; what is further away than a sweep is left to that."""
        due = next_due(held.state)
        if held.unsure and held.hands_off_until:
            due = min(due, held.hands_off_until)
        if due <= now_ms + HORIZON_MS and (held.due is None or due < held.due):
            held.due = due
            heapq.heappush(self._timers, (due, held.session_id))

    def _cut_all(self, held: HeldSession) -> None:
        for key in held.runs:
            self.shell.cut(held, key)
        held.runs.clear()
