"""Executors of one partition in a world of its own: a log, a clock, crashes, zombies, acknowledgements that get lost.

Nothing here waits: `World` takes one step at a time, in any order a test draws. It looks at the law at every step.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from libs.contracts.workflow_sessions import (
    AnyRecord,
    CancelRequested,
    ChildEnded,
    Parent,
    RetryRequested,
    SessionAdvanced,
    SessionStarted,
    StartedBy,
    TaskAt,
    TaskError,
    TaskResult,
    TaskRetry,
    TaskWait,
)
from libs.eventlog.port import TopicPartition
from libs.records.sessions import KeyedRecord
from services.workflows.engine.graph import Graph, to_run_again
from services.workflows.engine.held import HeldSession
from services.workflows.engine.messages import messages_before
from services.workflows.engine.partition import OwnedPartition
from services.workflows.engine.runs import Fan, Part, Run, SessionRules
from services.workflows.engine.session import ENDED, SessionState, TaskKey, fold
from services.workflows.engine.shell import Flight

TENANT = "acme"
BY = StartedBy(id="ann", type="user")
PLACE = TopicPartition("sessions", 0)
WEEK_MS = 7 * 86_400_000


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A workflow: its links, and what becomes of each task, whoever runs it and however often.

    Kinds of tasks: `ok`, `fails`, `flaky` (fails twice before), `waits`, `calls` (a child), `fans` (over three items).
    """

    links: Mapping[str, Mapping[str, frozenset[str]]]
    kinds: Mapping[str, str]
    once: frozenset[str] = frozenset()
    max_sessions: int | None = None

    @cached_property
    def graph(self) -> Graph:
        after: dict[str, list[str]] = {task: [] for task in self.links}
        for task, links in self.links.items():
            for before in links:
                after[before].append(task)
        return Graph(order=tuple(self.links), links=self.links, after=after)

    def type_of(self, key: TaskKey) -> str:
        return self.kinds[key.task] if key.item is None else "ok"

    def runs_at_most_once(self, key: TaskKey) -> bool:
        return key.task in self.once and key.item is None

    def output(self, state: SessionState) -> msgspec.UnsetType:
        return msgspec.UNSET


def random_rules(
    rng: random.Random, *, kinds: Sequence[str], once: bool = True, max_sessions: int | None = None
) -> Rules:
    """Return a workflow of up to six tasks with random links."""
    names = [f"t{number}" for number in range(rng.randint(1, 6))]
    statuses = ("completed", "failed", "skipped")
    links = {
        name: {
            before: frozenset(rng.sample(statuses, rng.choice((1, 1, 2))))
            for before in names[:at]
            if rng.random() < 0.4
        }
        for at, name in enumerate(names)
    }
    chosen = {name: rng.choice(kinds) for name in names}
    single = frozenset(
        name for name in names if once and rng.random() < 0.2 and chosen[name] in ("ok", "fails", "flaky")
    )
    return Rules(links=links, kinds=chosen, once=single, max_sessions=max_sessions)


def expected_statuses(rules: Rules) -> dict[str, str]:
    """Return how the tasks end, worked out from the words of the links alone."""
    ends: dict[str, str] = {}
    for task, links in rules.links.items():
        if all(ends[before] in allowed for before, allowed in links.items()):
            ends[task] = "failed" if rules.kinds[task] == "fails" else "completed"
        else:
            ends[task] = "skipped"
    return ends


@dataclass(eq=False)
class Executor:
    """One executor of the partition, with what it has under way; `position` is where its reading stands."""

    world: World
    name: str
    partition: OwnedPartition = field(init=False)
    position: int = 0
    running: dict[tuple[HeldSession, TaskKey], Run] = field(default_factory=dict)
    flights: list[Flight] = field(default_factory=list)
    acknowledgements: list[tuple[int, KeyedRecord]] = field(default_factory=list)
    fetching: list[str] = field(default_factory=list)

    def take_over(self, states: Sequence[SessionState], position: int, until: int) -> None:
        """Begin with what the read model has."""
        self.position = position
        self.partition = OwnedPartition(PLACE, self.name, position, until, self)
        for state in sorted(states, key=lambda one: (one.started.at, one.session_id)):
            self.partition.adopt(state, self.world.now_ms, has_room=self.has_room())
        self.partition.begin_to_act(self.world.now_ms)

    def begin(self, partition: OwnedPartition, held: HeldSession, key: TaskKey, run: Run) -> None:
        self.running[held, key] = run
        self.world.note_begin(self, held, key, run)

    def cut(self, held: HeldSession, key: TaskKey) -> None:
        self.running.pop((held, key), None)

    def rules_of(self, partition: OwnedPartition, held: HeldSession) -> SessionRules:
        return self.world.rules[held.session_id]

    def fetch(self, partition: OwnedPartition, session_id: str) -> None:
        self.fetching.append(session_id)

    def has_room(self) -> bool:
        return len(self.partition.sessions) < self.world.room

    def hear_of_fetched(self, rng: random.Random) -> None:
        """Take a session from a read model that has what it has to have."""
        if self.fetching:
            session_id = self.fetching.pop(0)
            at = rng.randint(self.partition.away[session_id].passed, len(self.world.log))
            self.partition.fetched(session_id, self.world.folded[at].get(session_id), at, self.world.now_ms)

    def sweep(self) -> None:
        """Let go of what nothing happens to."""
        self.partition.sweep(self.world.now_ms, idle_since_ms=self.world.now_ms)
        while self.world.room > len(self.partition.sessions) and self.partition.fetch_waiting():
            pass

    def changed(self, partition: OwnedPartition) -> None:
        """The world settles by itself."""

    def settle(self) -> None:
        """Bring everything up to date, as far as it is known here."""
        self.partition.tick(self.world.now_ms)
        self.flights += self.partition.settle(self.world.now_ms)

    def read(self, count: int) -> None:
        """Read some records."""
        for offset in range(self.position, min(self.position + count, len(self.world.log))):
            self.partition.take(offset, self.world.log[offset], self.world.now_ms)
            self.position = offset + 1
        self.world.check_states(self)

    def send(self, rng: random.Random, *, loses: bool) -> None:
        """Append one record that waits; its acknowledgement may be lost, then it is appended again."""
        if not self.flights:
            return
        flight = self.flights.pop(rng.randrange(len(self.flights)))
        if flight.held.flight is not flight.record:
            return
        for message in messages_before(flight.before, flight.record):
            self.world.append(message.key, message.record)
        offset = self.world.append(flight.before.key, flight.record)
        if loses:
            self.flights.append(flight)
        else:
            self.acknowledgements.append((offset, self.world.log[offset]._replace(record=flight.record)))

    def hear(self) -> None:
        """Take the oldest acknowledgement."""
        if self.acknowledgements:
            self.partition.acknowledged(*self.acknowledgements.pop(0), self.world.now_ms)
            self.world.check_states(self)

    def end_a_run(self, rng: random.Random) -> None:
        """Let one run come to what it always comes to."""
        if self.running:
            held, key = rng.choice(sorted(self.running, key=_by_name))
            run = self.running.pop((held, key))
            self.partition.finish(held, key, run, self.world.part_of(held.state, key, run))


@dataclass
class World:
    """The log and the clock. `rules` are those of each session."""

    now_ms: int = 1_000_000
    room: int = 100
    log: list[KeyedRecord] = field(default_factory=list)
    rules: dict[str, Rules] = field(default_factory=dict)
    states: dict[str, SessionState] = field(default_factory=dict)
    begun: Counter[tuple[str, TaskKey, Run]] = field(default_factory=Counter)
    folded: list[dict[str, SessionState]] = field(default_factory=lambda: [{}])

    def start(self, session_id: str, rules: Rules, *, timeout_ms: int = WEEK_MS, parent: Parent | None = None) -> None:
        """Append a session's start."""
        self.rules[session_id] = rules
        queues = rules.max_sessions is not None
        roots = [task for task in rules.graph.roots if task not in rules.once]
        record = SessionStarted(
            session_id=session_id,
            at=self.now_ms,
            workflow_id="w",
            workflow="w",
            version=1,
            input=msgspec.Raw(b"{}"),
            uow_id=session_id,
            started_by=BY,
            started=() if queues else tuple(TaskAt(task=task) for task in roots),
            queues=queues,
            deadline=self.now_ms + timeout_ms,
            parent=parent,
        )
        self.append(f"{TENANT}:{'w' if queues else session_id}", record)

    def start_again(self, session_id: str, key: str | None = None) -> None:
        """Append a session's start once more, under its own key unless another one is given."""
        first = next(one for one in self.log if one.record.session_id == session_id)
        assert isinstance(first.record, SessionStarted)
        self.append(key or first.key, msgspec.structs.replace(first.record, again=True))

    def append(self, key: str, record: AnyRecord) -> int:
        """Append a record, and look at what it does to its session."""
        self.log.append(KeyedRecord(TENANT, key, msgspec.json.decode(msgspec.json.encode(record), type=AnyRecord)))
        before = self.states.get(record.session_id)
        after = fold(before, record, tenant_id=TENANT, key=key)
        if after is not None:
            if before is not None and after is not before:
                _check_change(before, after, record, self.rules[record.session_id])
            self.states[record.session_id] = after
        self.folded.append(dict(self.states))
        return len(self.log) - 1

    def request_cancel(self, session_id: str) -> None:
        """Ask for the end of a session."""
        state = self.states[session_id]
        self.append(state.key, CancelRequested(session_id=session_id, at=self.now_ms, by=BY))

    def request_retry(self, session_id: str) -> None:
        """Ask for another round of a session that did not complete."""
        state = self.states[session_id]
        if state.status in ("failed", "cancelled"):
            tasks = to_run_again(self.rules[session_id].graph, state)
            deadline = self.now_ms + WEEK_MS
            record = RetryRequested(
                session_id=session_id, at=self.now_ms, by=BY, round=state.round + 1, tasks=tasks, deadline=deadline
            )
            self.append(state.key, record)

    def end_children(self) -> None:
        """Let the children that sessions wait for end."""
        for state in list(self.states.values()):
            for key, task in state.tasks.items():
                if state.is_open and task.wait is not None and task.wait.child is not None and task.arrived is None:
                    ended = ChildEnded(
                        session_id=state.session_id,
                        at=self.now_ms,
                        task=key.task,
                        item=key.item,
                        child=task.wait.child,
                        status="completed",
                    )
                    self.append(state.key, ended)

    def part_of(self, state: SessionState, key: TaskKey, run: Run) -> Part:
        """Return what a run comes to."""
        kind = self.rules[state.session_id].kinds[key.task] if key.item is None else "ok"
        task = state.tasks[key]
        at: dict[str, Any] = {"task": key.task, "item": key.item, "attempt": run.attempt, "started_at": self.now_ms}
        if run.kind == "child-start":
            return None
        if run.kind == "attempt":
            if kind == "fans":
                return Fan(count=3, concurrency=2, continues_on_error=False)
            if kind == "waits":
                return TaskWait(**at, due=self.now_ms + (1_000 if task.attempts % 2 else 100_000))
            if kind == "calls":
                return TaskWait(**at, child=f"{state.session_id}-{key.task}", child_key=f"{TENANT}:child")
            if kind == "flaky" and run.attempt - task.earlier < 3:
                error = TaskError(code="e", message="")
                return TaskRetry(**at, ended_at=self.now_ms, due=self.now_ms + 500, error=error)
        failed = kind == "fails"
        return TaskResult(
            **at,
            ended_at=self.now_ms,
            status="failed" if failed else "completed",
            output=msgspec.UNSET if failed else msgspec.Raw(b"1"),
            error=TaskError(code="e", message="") if failed else None,
        )

    def note_begin(self, executor: Executor, held: HeldSession, key: TaskKey, run: Run) -> None:
        """Look at a run that begins: it is called for by what the log has before the executor's position."""
        task = self.folded[max(executor.partition.position, held.passed)][held.session_id].tasks[key]
        assert task.status not in ENDED, f"{key} of {held.session_id} has ended, and is run again"
        assert task.round == run.round
        assert key.item is None or TaskKey(key.task) in held.fans
        self.begun[held.session_id, key, run] += 1
        if self.rules[held.session_id].runs_at_most_once(key):
            again = [one for one in self.begun if one[:2] == (held.session_id, key) and one[2].attempt == run.attempt]
            assert sum(self.begun[one] for one in again) == 1, f"{key} of {held.session_id} is run twice"

    def check_states(self, executor: Executor) -> None:
        """Look at what an executor knows: exactly what all records before its position say."""
        known = self.folded[executor.partition.position]
        for session_id, held in executor.partition.sessions.items():
            if held.passed <= executor.partition.position:  # else it came back from a read model that was ahead
                assert held.state == known[session_id]


def _check_change(before: SessionState, after: SessionState, record: AnyRecord, rules: Rules) -> None:
    if isinstance(record, RetryRequested):
        return
    for key, task in before.tasks.items():
        if task.status in ENDED:
            assert after.tasks[key] == task, f"{key} had ended"
    if isinstance(record, SessionAdvanced):
        for at in record.started:
            if at.item is None:
                for link, allowed in rules.links[at.task].items():
                    assert after.status_of(link) in allowed, f"{at.task} began against its link from {link}"


def _by_name(one: tuple[HeldSession, TaskKey]) -> tuple[str, str, int]:
    return one[0].session_id, one[1].task, -1 if one[1].item is None else one[1].item
