"""The types that make values without a way out: conditions, transforms, code, a tenant's own, and delays."""

from __future__ import annotations

from typing import Any

import pytest

from libs.contracts.times import format_ms
from services.workflows.task_types.condition import Condition
from services.workflows.task_types.delay import Delay
from services.workflows.task_types.model import Completed, TaskFailed, TaskType, Waits
from services.workflows.task_types.own import OwnType
from services.workflows.task_types.run_code import RunCode
from services.workflows.task_types.tools import Tools
from services.workflows.task_types.transform import Transform
from tests.support.workflows.calls import NOW_MS, call_of

SCOPE = {"input": {"n": 5}, "tasks": {"Fetch": {"output": {"body": {"total": 120}}}}}
OWN = OwnType(
    type_="add-tax",
    title="Add tax",
    description="",
    inputs={"type": "object", "properties": {"net": {"type": "number"}}},
    code="def main(inputs):\n    return inputs['net'] * 2",
)


async def failed(type_: TaskType, body: dict[str, Any], tools: Tools, **more: Any) -> TaskFailed:
    with pytest.raises(TaskFailed) as failure:
        await type_.run(call_of(body, tools, **more))
    return failure.value


async def test_a_transform_gives_the_value_of_its_expression(tools: Tools) -> None:
    body = {"expression": "{'total': tasks.Fetch.output.body.total + input.n}"}
    assert await Transform().run(call_of(body, tools, scope=SCOPE)) == Completed({"result": {"total": 125}})


async def test_a_condition_completes_or_fails(tools: Tools) -> None:
    assert await Condition().run(call_of({"expression": "input.n > 4"}, tools, scope=SCOPE)) == Completed(
        {"result": True}
    )
    for expression, code in (
        ("input.n > 5", "condition_false"),
        ("input.n", "expression_error"),
        ("input.nothing", "expression_error"),
    ):
        assert (await failed(Condition(), {"expression": expression}, tools, scope=SCOPE)).code == code


async def test_code_gives_its_result_and_its_log(tools: Tools) -> None:
    body = {"code": "def main(inputs):\n    print('hi')\n    return inputs['n']", "inputs": {"n": 1}}
    assert await RunCode().run(call_of(body, tools)) == Completed({"result": 1}, log="hi\n")


async def test_code_that_fails_names_its_line_and_keeps_its_log(tools: Tools) -> None:
    failure = await failed(RunCode(), {"code": "def main(inputs):\n    print('hi')\n    return inputs['no']"}, tools)
    assert (failure.code, failure.detail, failure.log) == ("code_error", {"line": 3}, "hi\n")
    assert not failure.retryable


async def test_code_that_takes_too_long_is_stopped_within_its_attempt(tools: Tools) -> None:
    failure = await failed(RunCode(), {"code": "print('hi')\nwhile True: pass"}, tools, timeout_ms=400)
    assert (failure.code, failure.retryable, failure.log) == ("timeout", False, "hi\n")
    assert failure.message == "the code takes more than 0.38 s"


async def test_a_type_of_a_tenant_runs_its_code_over_its_fields(tools: Tools) -> None:
    assert await OWN.run(call_of({"net": 21}, tools)) == Completed({"result": 42})


@pytest.mark.parametrize(
    ("body", "due"),
    [
        ({"seconds": 1.5}, NOW_MS + 1_500),
        ({"until": format_ms(NOW_MS + 60_000)}, NOW_MS + 60_000),
        ({"until": "2001-01-01T00:00:00+02:00"}, NOW_MS),
        ({"seconds": 0}, NOW_MS),
    ],
)
async def test_a_delay_waits_for_its_time(tools: Tools, body: dict[str, Any], due: int) -> None:
    call = call_of(body, tools)
    assert await Delay().run(call) == Waits(due=due)
    assert Delay().resume(call, None) == Completed({"endedAt": format_ms(due)})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "type_error"),
        ({"seconds": 1, "until": "2030-01-01T00:00:00Z"}, "type_error"),
        ({"until": "tomorrow"}, "type_error"),
        ({"until": "9999-12-31T00:00:00Z"}, "limit"),
        ({"seconds": 366 * 86_400}, "limit"),
    ],
)
async def test_a_delay_has_one_time_within_a_year(tools: Tools, body: dict[str, Any], code: str) -> None:
    assert (await failed(Delay(), body, tools)).code == code
