"""Evaluates expressions: where it is asked to, or, those that may take long, in a process that can be ended.

A process is made when it is first needed. It has nothing of this one's environment, and is given the values that the
expression names.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

import msgspec

from libs.apart.process import ProcessApart, ProcessEnded
from services.workflows.expressions.evaluation import EvaluationFailed, evaluate
from services.workflows.expressions.reading import BadExpression, Expression, read_expression
from services.workflows.expressions.worker import Answer, Question
from services.workflows.task_types.evaluating import EXPRESSION_ERROR
from services.workflows.task_types.model import TaskFailed

Json: TypeAlias = Any
MAX_BYTES_IN_PLACE: Final = 65_536
MAX_COPIED_BYTES_IN_PLACE: Final = 262_144
"""What an expression may copy of its values where it is not in a process of its own: a few milliseconds' worth."""
CPU_LIMIT_S: Final = 5.0
_WAIT_S: Final = 60.0
"""How long an answer is waited for: a busy machine takes longer than the computing that is allowed."""
_MODULE: Final = "services.workflows.expressions.worker"

_encode: Final = msgspec.json.Encoder().encode


class Evaluator:
    """Evaluates expressions, those that may take long in at most `processes` at a time, for `cpu_limit_s` each.

    A context manager.
    """

    def __init__(self, processes: int, *, cpu_limit_s: float = CPU_LIMIT_S) -> None:
        self._cpu_limit_s: Final = cpu_limit_s
        self._processes: Final = [ProcessApart(_MODULE, str(cpu_limit_s)) for _ in range(processes)]
        self._free: Final = list(self._processes)
        self._turn: Final = asyncio.Semaphore(processes)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            await process.stop()

    async def evaluate(self, expression: str, variables: Mapping[str, Json]) -> Json:
        """Return the value of an expression, as JSON. Raises TaskFailed, its code `expression_error`."""
        try:
            read = read_expression(expression, frozenset(variables))
            values = _encode(variables)
            return evaluate(read, variables) if is_quick(read, len(values)) else await self._apart(read, values)
        except (BadExpression, EvaluationFailed) as error:
            raise TaskFailed(EXPRESSION_ERROR, str(error)) from None

    async def _apart(self, expression: Expression, values: bytes) -> Json:
        question = Question(expression.text, expression.variables, values)
        async with self._process() as process:
            try:
                async with asyncio.timeout(_WAIT_S):
                    await process.send(msgspec.msgpack.encode(question))
                    answer = msgspec.msgpack.decode(await process.receive(), type=Answer)
            except ProcessEnded as ended:
                if ended.passed_limits:
                    raise EvaluationFailed(f"it takes more than {self._cpu_limit_s:g} s, or too much memory") from None
                raise TaskFailed(EXPRESSION_ERROR, "its process was ended", retryable=True, is_undone=True) from None
            except TimeoutError:
                raise EvaluationFailed("it takes too long") from None
        if answer.error is not None:
            raise EvaluationFailed(answer.error)
        return msgspec.json.decode(answer.result)

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[ProcessApart]:
        """Take a process; one that was not waited for to the end is ended."""
        async with self._turn:
            process = self._free.pop()
            try:
                yield process
            except BaseException:
                process.end()
                raise
            finally:
                self._free.append(process)


def is_quick(expression: Expression, size_bytes: int) -> bool:
    """Return whether an expression takes some milliseconds at most with values of so many bytes."""
    return (
        not expression.is_costly
        and size_bytes <= MAX_BYTES_IN_PLACE
        and size_bytes * expression.copies <= MAX_COPIED_BYTES_IN_PLACE
    )
