"""`python -m services.workflows.expressions.worker <seconds>`: evaluates costly expressions.

None takes more computing than those seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from libs.apart.worker import serve
from services.workflows.expressions.evaluation import EvaluationFailed, evaluate
from services.workflows.expressions.reading import BadExpression, read_expression

MAX_LIST: Final = 10_000
MAX_RESULT_BYTES: Final = 1_048_576
_MEMORY_BYTES: Final = 512 * 1024 * 1024


class Question(msgspec.Struct, array_like=True):
    """An expression, the variables it may name, and the JSON of their values."""

    expression: str
    variables: frozenset[str]
    values: bytes


class Answer(msgspec.Struct, array_like=True):
    """The JSON of the result, or why there is none."""

    result: bytes = b""
    error: str | None = None


def main() -> None:
    """Answer until the input ends."""
    serve(_answers, cpu_s=float(sys.argv[1]), memory_bytes=_MEMORY_BYTES)


def _answers(question: bytes) -> Iterator[bytes]:
    yield msgspec.msgpack.encode(_answer(msgspec.msgpack.decode(question, type=Question)))


def _answer(question: Question) -> Answer:
    values = msgspec.json.decode(question.values)
    try:
        expression = read_expression(question.expression, question.variables)
        if expression.has_comprehension and _has_long_list(values):
            return Answer(error=f"lists of more than {MAX_LIST} items are not gone through")
        result = msgspec.json.encode(evaluate(expression, values))
    except (BadExpression, EvaluationFailed) as error:
        return Answer(error=str(error))
    if len(result) > MAX_RESULT_BYTES:
        return Answer(error=f"the result is larger than {MAX_RESULT_BYTES} bytes")
    return Answer(result)


def _has_long_list(value: Any) -> bool:
    if isinstance(value, dict):
        return len(value) > MAX_LIST or any(map(_has_long_list, value.values()))
    return isinstance(value, list) and (len(value) > MAX_LIST or any(map(_has_long_list, value)))


if __name__ == "__main__":
    main()
