"""`python -m libs.event_schemas.worker`: a process in which costly checks run, one after the other.

The operating system ends it once a check takes more than its second of computing, or more memory than it may have.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec
import orjson

from libs.apart.worker import serve
from libs.event_schemas.expansion import SchemaRefused
from libs.event_schemas.validator import PayloadValidator, Problem, compile_schema

CPU_LIMIT_S: Final = 1.0
_MEMORY_BYTES: Final = 256 * 1024 * 1024


class Question(msgspec.Struct, array_like=True):
    """A schema and a payload, both JSON."""

    schema: bytes
    payload: bytes


class Answer(msgspec.Struct, array_like=True):
    """The payload's problems; None when the schema cannot be read. One more answer follows unless `is_last`:
    the first names one problem alone, should the process not live to name them all. `cpu_s` is the time it took.
    """

    problems: list[Problem] | None
    is_last: bool
    cpu_s: float


def main() -> None:
    """Answer until the input ends."""
    serve(_encoded_answers, cpu_s=CPU_LIMIT_S, memory_bytes=_MEMORY_BYTES)


def _encoded_answers(question: bytes) -> Iterator[bytes]:
    return map(msgspec.msgpack.encode, _answers(msgspec.msgpack.decode(question, type=Question)))


def _answers(question: Question) -> Iterator[Answer]:
    began_s = time.process_time()
    try:
        validator = _validator(question.schema)
    except SchemaRefused:
        yield Answer(None, True, time.process_time() - began_s)
        return
    payload = orjson.loads(question.payload)
    if validator.is_valid(payload):
        yield Answer([], True, time.process_time() - began_s)
        return
    yield Answer([validator.first_problem(payload)], False, time.process_time() - began_s)
    yield Answer([*validator.problems(payload)], True, time.process_time() - began_s)


@lru_cache(maxsize=16)
def _validator(schema: bytes) -> PayloadValidator:
    return compile_schema(orjson.loads(schema), bounded=False)[0]


if __name__ == "__main__":
    main()
