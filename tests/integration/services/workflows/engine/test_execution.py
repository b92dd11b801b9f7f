"""An executor runs sessions from start to end over a log."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from libs.contracts.workflow_sessions import CancelRequested, RetryRequested, SessionStarted
from services.workflows.engine.graph import to_run_again
from services.workflows.engine.session import SessionState, TaskKey, TaskState
from services.workflows.engine.workflow import RunnableWorkflow
from services.workflows.task_types.model import TaskFailed
from tests.support.records import START_MS
from tests.support.waiting import eventually
from tests.support.workflows.executing import BY, Workbench
from tests.support.workflows.faulty_logs import Gone
from tests.support.workflows.key_counting import key_counter


def transform(expression: str, **after: list[str]) -> dict[str, Any]:
    return {"type": "transform", "body": {"expression": expression}, "executeAfter": after}


def outputs(state: SessionState) -> dict[str, Any]:
    done = [key.task for key, task in state.tasks.items() if key.item is None and task.status == "completed"]
    return {task: output_of(state, task).get("result") for task in done}


def output_of(state: SessionState, task: str) -> Any:
    output = task_of(state, task).output
    assert isinstance(output, msgspec.Raw)
    return msgspec.json.decode(output)


def task_of(state: SessionState, task: str) -> TaskState:
    return state.tasks[TaskKey(task)]


def error_of(state: SessionState, task: str) -> str:
    error = task_of(state, task).error
    assert error is not None
    return error.code


async def test_tasks_run_in_their_order_and_beside_each_other(bench: Workbench) -> None:
    bench.define(
        "sum",
        {
            "A": transform("input.n"),
            "B": transform("input.n * 2"),
            "C": transform("tasks.A.output.result + tasks.B.output.result", A=["completed"], B=["completed"]),
            "No": {
                "type": "condition",
                "body": {"expression": "tasks.C.output.result > 100"},
                "executeAfter": {"C": ["completed"]},
            },
            "Yes": transform("1", No=["completed"]),
            "Else": transform("2", No=["failed"]),
        },
        output={"$ref": "tasks.C.output.result"},
    )
    async with bench.executor():
        for number in range(5):
            await bench.start("sum", f"s{number}", {"n": number})
        for number in range(5):
            state = await bench.ended(f"s{number}")
            assert (state.status, state.output) == ("completed", msgspec.Raw(str(number * 3).encode()))
            assert outputs(state) == {"A": number, "B": number * 2, "C": number * 3, "Else": 2}
            assert state.status_of("Yes") == "skipped"
            assert task_of(state, "No").error is not None
            assert state.seq <= 5  # one record a step; A and B may end in one


async def test_delays_end_in_time_and_failures_are_retried(bench: Workbench) -> None:
    retry = {"maxAttempts": 2, "initialMs": 20}
    bench.define(
        "slow",
        {
            "Wait": {"type": "delay", "body": {"seconds": 0.05}},
            "Fail": {
                "type": "http-request",
                "body": {"url": "http://127.0.0.1:1/"},
                "executeAfter": {"Wait": ["completed"]},
                "retry": retry,
            },
            "Late": transform("tasks.Fail.error.code", Fail=["failed"]),
        },
    )
    async with bench.executor():
        await bench.start("slow", "s")
        state = await bench.ended("s")
    assert state.status == "completed"
    assert outputs(state)["Late"] == error_of(state, "Fail")
    assert task_of(state, "Fail").attempts == 2


async def test_a_for_each_runs_a_task_for_every_item(bench: Workbench) -> None:
    do = {"type": "transform", "body": {"expression": "item * index"}}
    bench.define("each", {"All": {"type": "for-each", "body": {"items": [1, 2, 3, 4], "do": do, "concurrency": 2}}})
    async with bench.executor():
        await bench.start("each", "s")
        state = await bench.ended("s")
    assert state.status == "completed"
    found = output_of(state, "All")
    assert found == {"results": [{"result": n} for n in (0, 2, 6, 12)], "errors": [], "count": 4}


async def test_a_workflow_calls_another_and_has_what_came_of_it(bench: Workbench) -> None:
    bench.define("inner", {"A": transform("input.n + 1")}, output={"$ref": "tasks.A.output.result"})
    bench.define(
        "outer",
        {
            "Call": {"type": "call-workflow", "body": {"workflow": "inner", "input": {"n": 4}}},
            "Go": {"type": "call-workflow", "body": {"workflow": "inner", "input": {"n": 4}, "wait": False}},
        },
    )
    async with bench.executor():
        await bench.start("outer", "s")
        state = await bench.ended("s")
    assert state.status == "completed"
    assert output_of(state, "Call")["output"] == 5
    assert output_of(state, "Go")["status"] == "running"


async def test_a_child_that_runs_goes_on_at_a_takeover_though_its_workflow_could_not_be_called_any_more(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.define("inner", {"Wait": {"type": "delay", "body": {"seconds": 0.5}}})
    bench.define("outer", {"Call": {"type": "call-workflow", "body": {"workflow": "inner"}}})

    async def refuses(*_: object) -> tuple[str, SessionStarted]:
        raise TaskFailed("workflow_inactive", "")

    async with bench.executor("one"):
        await bench.start("outer", "s")

        async def both() -> bool:
            return len(await bench.states()) == 2

        await eventually(both)
    monkeypatch.setattr(Workbench, "prepare", refuses)
    async with bench.executor("two"):
        assert (await bench.ended("s")).status == "completed"


async def test_a_session_that_is_cancelled_ends_at_once_and_goes_on_when_it_is_retried(bench: Workbench) -> None:
    bench.define(
        "long",
        {
            "A": transform("1"),
            "Wait": {"type": "delay", "body": {"seconds": 0.2}, "executeAfter": {"A": ["completed"]}},
        },
    )
    async with bench.executor():
        await bench.start("long", "s")

        async def waits() -> bool:
            return (await bench.states())["s"].status_of("Wait") == "waiting"

        await eventually(waits)
        await bench.append("s", CancelRequested(session_id="s", at=START_MS, by=BY))
        state = await bench.ended("s")
        assert (state.status, state.status_of("Wait")) == ("cancelled", "cancelled")
        again = to_run_again(bench.workflows["long"].graph, state)
        assert again == ("Wait",)
        request = RetryRequested(session_id="s", at=START_MS, by=BY, round=2, tasks=again, deadline=state.deadline)
        await bench.append("s", request)
        await eventually(lambda: _completed(bench, "s"))


async def test_a_session_whose_version_cannot_be_read_ends_and_others_go_on(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Workbench.known

    async def find(self: Workbench, started: SessionStarted, tenant_id: str) -> RunnableWorkflow:
        raise ValueError("not a definition")

    monkeypatch.setattr(
        Workbench, "known", lambda self, begun, of: None if begun.workflow == "bad" else known(self, begun, of)
    )
    monkeypatch.setattr(Workbench, "find", find)
    bench.define("bad", {"A": transform("1")})
    bench.define("good", {"A": transform("1")})
    async with bench.executor():
        await bench.start("bad", "b")
        state = await bench.ended("b")
        assert (state.status, state.error and state.error.code) == ("failed", "internal_error")
        await bench.start("good", "g")
        assert (await bench.ended("g")).status == "completed"


async def test_a_retry_of_nothing_ends_its_round(bench: Workbench) -> None:
    bench.define("short", {"A": transform("1")}, output={"$ref": "input.missing"})
    async with bench.executor():
        await bench.start("short", "s")
        failed = await bench.ended("s")
        assert to_run_again(bench.workflows["short"].graph, failed) == ()
        request = RetryRequested(session_id="s", at=START_MS, by=BY, round=2, tasks=(), deadline=failed.deadline)
        await bench.append("s", request)

        async def again() -> SessionState | None:
            state = (await bench.states())["s"]
            return state if state.round == 2 and not state.is_open else None

        state = await eventually(again)
        assert state is not None
        assert (state.status, state.error) == (failed.status, failed.error)


async def test_an_executor_stops_though_the_log_takes_nothing_any_more(bench: Workbench) -> None:
    bench.define("late", {"Wait": {"type": "delay", "body": {"seconds": 0.1}}})
    log, stopping = Gone(bench.log), asyncio.Event()
    async with bench.executor(log=log.as_log, stopping=stopping) as execution:
        await bench.start("late", "s")
        await eventually(lambda: _is_at(bench, "s", Wait="waiting"))
        log.gone.set()
        await log.refused.wait()
        stopping.set()
        await eventually(lambda: not execution.partitions)
    async with bench.executor():
        assert (await bench.ended("s")).status == "completed"


async def test_another_executor_resumes_what_was_running_and_runs_nothing_again_that_is_done(bench: Workbench) -> None:
    async with key_counter() as counter:
        paths = {"Done": "/ok/a", "Cut": "/slow/300/b"}
        call = {name: {"type": "http-request", "body": {"url": counter.url + path}} for name, path in paths.items()}
        bench.define("calls", call)
        async with bench.executor("one"):
            await bench.start("calls", "s")
            await eventually(lambda: _is_at(bench, "s", Cut="running", Done="completed"))
            await counter.called("/slow/300/b")
        async with bench.executor("two"):
            state = await bench.ended("s")
    assert state.status == "completed"
    assert (task_of(state, "Cut").attempts, task_of(state, "Cut").resumed) == (1, 1)
    assert counter.count("/ok/a") == 1
    assert (counter.count("/slow/300/b"), len(counter.keys("/slow/300/b"))) == (2, 1)


async def _is_at(bench: Workbench, session_id: str, **statuses: str) -> bool:
    state = (await bench.states())[session_id]
    return all(state.status_of(task) == status for task, status in statuses.items())


async def _completed(bench: Workbench, session_id: str) -> bool:
    return (await bench.states())[session_id].status == "completed"
