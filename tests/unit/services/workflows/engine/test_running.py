"""Runs of tasks: what they come to, when they are tried again, and what of them may be seen."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import msgspec
import pytest

from libs.contracts.workflow_sessions import TaskResult, TaskRetry, TaskWait
from services.workflows.definitions.compiling import compile_workflow
from services.workflows.definitions.model import WorkflowDefinition
from services.workflows.engine.held import HeldSession
from services.workflows.engine.hosts import Hosts
from services.workflows.engine.means import Means
from services.workflows.engine.running import TaskRunner
from services.workflows.engine.runs import Part, Run
from services.workflows.engine.session import SessionState, TaskKey, TaskState
from services.workflows.engine.workflow import RunnableWorkflow
from services.workflows.task_types.model import Call, Completed, Outcome, TaskFailed, TypeFace
from services.workflows.task_types.tools import Tools
from tests.support.workflows.session_states import session_of

NOW_MS = 1_790_000_000_000
KEY = TaskKey("T")
FACE = TypeFace(
    type="fake",
    title="Fake",
    description="",
    fields={"type": "object", "properties": {"text": {"x-order": 1}, "pin": {"x-order": 2, "x-secret": True}}},
    outputs={},
    effect="at-least-once",
    integrations=("http",),
)


@dataclass
class Fake:
    """A type that does what a test says; with `repeats` again changes nothing."""

    does: Callable[[Call], Awaitable[Outcome]]
    face: TypeFace = FACE
    repeats: bool = False

    async def run(self, call: Call) -> Outcome:
        return await self.does(call)

    def is_repeatable(self, body: Mapping[str, Any]) -> bool:
        return self.repeats


@dataclass
class Bench:
    """A task of a session, run once."""

    type: Fake
    task: dict[str, Any] = field(default_factory=dict)
    state: SessionState = field(default_factory=lambda: session_of({"n": 1}))
    attempt: int = 1
    earlier: int = 0
    unseal: Callable[[SessionState], Mapping[str, str]] = lambda _: {}

    def find(self, text: str) -> Fake:
        return self.type

    async def run(self) -> Part:
        definition = msgspec.convert({"tasks": {"T": {"type": "fake", "body": {}} | self.task}}, WorkflowDefinition)
        task = TaskState(status="running", round=1, attempts=self.attempt, earlier=self.earlier)
        state = msgspec.structs.replace(self.state, tasks={**self.state.tasks, KEY: task})
        held = HeldSession(state, 1, rules=RunnableWorkflow(compile_workflow(definition, self)))
        means = Means(
            tools=cast("Tools", None),
            connections=cast("Any", self),
            children=cast("Any", None),
            unseal=self.unseal,
            hosts=Hosts(32),
            clock=lambda: NOW_MS,
            random=random.Random(1),
        )
        return await TaskRunner(means).run(held, KEY, Run("attempt", 1, self.attempt), cast("Any", None))


async def sleeps(call: Call) -> Outcome:
    await asyncio.sleep(60)
    raise AssertionError


def raises(failure: Exception) -> Callable[[Call], Awaitable[Outcome]]:
    async def does(call: Call) -> Outcome:
        raise failure

    return does


def completes(output: Any, log: str | None = None) -> Callable[[Call], Awaitable[Outcome]]:
    async def does(call: Call) -> Outcome:
        return Completed(output, log)

    return does


def error_of(part: Part) -> str:
    assert isinstance(part, TaskResult | TaskRetry)
    assert part.error is not None
    return part.error.code


PASSES = TaskFailed("e", "", retryable=True)
UNDONE = TaskFailed("e", "", retryable=True, is_undone=True)
FINAL = TaskFailed("e", "", is_undone=True)
RETRY = {"retry": {"maxAttempts": 2}}
ONCE = {"effect": "at-most-once"}


@pytest.mark.parametrize(
    ("failure", "repeats", "task", "again"),
    [
        (FINAL, True, RETRY, False),
        (UNDONE, False, {}, True),
        (UNDONE, False, ONCE, True),
        (PASSES, False, {}, False),
        (PASSES, False, RETRY, True),
        (PASSES, True, {}, True),
        (PASSES, True, ONCE, False),
        (PASSES, False, ONCE | RETRY, False),
    ],
)
async def test_a_failure_that_may_pass_is_tried_again_where_that_does_no_harm(
    failure: TaskFailed, repeats: bool, task: dict[str, Any], again: bool
) -> None:
    part = await Bench(Fake(raises(failure), repeats=repeats), task).run()
    assert isinstance(part, TaskRetry if again else TaskResult)


@pytest.mark.parametrize(
    ("repeats", "effect", "again"), [(True, None, True), (False, None, False), (False, "pure", True)]
)
async def test_an_attempt_that_takes_too_long_is_cut_and_made_again_where_that_changes_nothing(
    repeats: bool, effect: Any, again: bool
) -> None:
    face = FACE if effect is None else replace(FACE, effect=effect)
    part = await Bench(Fake(sleeps, face, repeats), {"timeoutMs": 1}).run()
    assert error_of(part) == "timeout"
    assert isinstance(part, TaskRetry if again else TaskResult)


async def test_the_last_attempt_of_a_round_is_the_last_and_a_new_round_counts_anew() -> None:
    flaky = Fake(raises(UNDONE))
    assert isinstance(await Bench(flaky, attempt=3).run(), TaskResult)
    assert isinstance(await Bench(flaky, attempt=5, earlier=3).run(), TaskRetry)


async def test_the_pause_is_as_long_as_the_policy_and_the_far_side_say() -> None:
    for attempt, base_ms in ((1, 1_000), (2, 2_000)):
        part = await Bench(Fake(raises(UNDONE)), attempt=attempt).run()
        assert isinstance(part, TaskRetry)
        assert base_ms * 0.8 <= part.due - NOW_MS <= base_ms * 1.2
    for asked_s, pause_ms in ((90, 90_000), (86_400, 3_600_000)):
        late = TaskFailed("e", "", retryable=True, is_undone=True, retry_after_s=asked_s)
        part = await Bench(Fake(raises(late)), {}).run()
        assert isinstance(part, TaskRetry)
        assert part.due == NOW_MS + pause_ms


async def test_a_defect_fails_its_task_and_shows_nothing_of_itself() -> None:
    part = await Bench(Fake(raises(ValueError("inner"))), RETRY).run()
    assert isinstance(part, TaskResult)
    assert part.error is not None
    assert (part.error.code, part.error.message) == ("internal_error", "the task failed by a defect")


async def test_nothing_secret_is_in_what_a_run_comes_to() -> None:
    secret = "s3cret-word"

    async def tells(call: Call) -> Outcome:
        assert call.body == {"text": f"a {secret}", "pin": "4711-4711"}
        if call.attempt == 1:
            return Completed({"echo": call.body["text"], "pin": "4711-4711"}, log=f"printed {secret}")
        raise TaskFailed("e", f"refused {secret}", detail={"word": secret}, log=secret)

    task = {"body": {"text": {"$format": "a {input.word}"}, "pin": "4711-4711"}}
    for attempt in (1, 2):
        part = await Bench(Fake(tells), task, attempt=attempt, unseal=lambda _: {"/word": secret}).run()
        assert not isinstance(part, TaskWait)
        text = msgspec.json.encode(part).decode()
        assert (secret in text, "4711" in text) == (False, False)
        assert text.count("[redacted]") >= 3


async def test_a_session_whose_secrets_cannot_be_read_says_so() -> None:
    def unseal(state: SessionState) -> Mapping[str, str]:
        raise TaskFailed("secrets_unreadable", "")

    assert error_of(await Bench(Fake(completes(1)), unseal=unseal).run()) == "secrets_unreadable"


async def test_an_input_that_is_large_is_not_recorded() -> None:
    for size, is_shown in ((1_000, True), (300_000, False)):
        part = await Bench(Fake(completes(1)), {"body": {"text": "x" * size}}).run()
        assert isinstance(part, TaskResult)
        assert (part.input is not msgspec.UNSET) is is_shown


async def test_an_output_that_is_no_json_or_too_large_fails_the_task() -> None:
    assert error_of(await Bench(Fake(completes("x" * 1_100_000))).run()) == "output_too_large"
    assert error_of(await Bench(Fake(completes(object()))).run()) == "output_invalid"
