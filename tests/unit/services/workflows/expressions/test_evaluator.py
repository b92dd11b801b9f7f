"""Expressions are evaluated as JSON; those that may take long elsewhere, and not for ever."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.workflows.expressions import evaluator as evaluator_module
from services.workflows.expressions.evaluator import Evaluator, is_quick
from services.workflows.expressions.reading import read_expression
from services.workflows.task_types.model import TaskFailed


@pytest.fixture(scope="module")
async def evaluator() -> AsyncIterator[Evaluator]:
    with pytest.MonkeyPatch.context() as patch:
        # Half a second of computing may take long beside other tests.
        patch.setattr(evaluator_module, "_WAIT_S", 300.0)
        async with Evaluator(1, cpu_limit_s=0.5) as evaluator:
            yield evaluator


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("input.n + 1", 3),
        ("double(input.n) + 1.5", 3.5),
        ("{'a': [input.t, null, true]}", {"a": ["é", None, True]}),
        ("timestamp('2026-01-02T03:04:05Z')", "2026-01-02T03:04:05.000Z"),
        ("duration('90m')", "5400s"),
        ("input.list.map(x, x * 2)", [2, 4]),
        ("input.list.filter(x, x > 1).size() == 1 && input.t.matches('^.$')", True),
    ],
)
async def test_results_are_json(evaluator: Evaluator, text: str, value: Any) -> None:
    assert await evaluator.evaluate(text, {"input": {"n": 2, "t": "é", "list": [1, 2]}}) == value


@pytest.mark.parametrize(
    "text",
    [
        "input.n + 1.5", "input.nothing", "1 / 0", "9223372036854775807 + 1", "18446744073709551615u", "b'x'",
        "1.0 / 0.0", "{1: 2}", "optional.of(1)", "input.n.x", "int('x')", "input.list[5]", "nothing",
        "input.n.map(x, x)", "'a'.matches('[')",
    ],
)  # fmt: skip
async def test_what_has_no_value_fails(evaluator: Evaluator, text: str) -> None:
    with pytest.raises(TaskFailed) as failed:
        await evaluator.evaluate(text, {"input": {"n": 2, "list": []}})

    assert (failed.value.code, failed.value.retryable) == ("expression_error", False)


async def test_an_expression_without_an_end_is_ended_and_the_next_one_answered(evaluator: Evaluator) -> None:
    sums = "input + " * 200 + "input"

    with pytest.raises(TaskFailed, match="takes more than"):
        await evaluator.evaluate(sums, {"input": [[]] * 10_000})
    assert await evaluator.evaluate("input.map(x, x)", {"input": [1]}) == [1]


async def test_whoever_gives_up_leaves_no_answer_behind(evaluator: Evaluator) -> None:
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await evaluator.evaluate("input.map(x, 'late')", {"input": [1] * 10_000})

    assert await evaluator.evaluate("input.map(x, x)", {"input": [1]}) == [1]


@pytest.mark.parametrize("values", [[0] * 10_001, {"list": [0] * 10_001}, dict.fromkeys(map(str, range(10_001)))])
async def test_long_lists_are_not_gone_through(evaluator: Evaluator, values: Any) -> None:
    with pytest.raises(TaskFailed, match="10000 items"):
        await evaluator.evaluate("input.exists(x, x == 1)", {"input": values})


async def test_large_results_are_refused(evaluator: Evaluator) -> None:
    with pytest.raises(TaskFailed, match="larger than"):
        await evaluator.evaluate("[input, input]", {"input": "x" * 600_000})


async def test_a_process_that_somebody_ended_is_no_fault_of_the_expression(evaluator: Evaluator) -> None:
    await evaluator.evaluate("[1].map(x, x)", {})
    pid = evaluator._processes[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    with pytest.raises(TaskFailed) as failed:
        await evaluator.evaluate("[1].map(x, x)", {})

    assert failed.value.retryable
    assert await evaluator.evaluate("[1].map(x, x)", {}) == [1]


@pytest.mark.parametrize(
    ("text", "size", "quick"),
    [
        ("input.total > 100", 60_000, True),
        ("input.total > 100", 70_000, False),
        ("input.a + input.b", 1_000, True),
        ("+".join(["input"] * 200), 1_000, False),
        ("[" + "input," * 200 + "1]", 2_000, False),
        ("input.all(x, true)", 10, False),
    ],
)
def test_only_what_is_quick_is_evaluated_in_place(text: str, size: int, *, quick: bool) -> None:
    assert is_quick(read_expression(text), size) is quick
