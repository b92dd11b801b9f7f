"""`python -m libs.event_schemas.worker`: a process in which costly checks run, one after the other.

It is told a schema and a payload on its standard input and answers on its standard output. The operating system ends it
once a check takes more than its second of computing, or more memory than it may have; whoever waits for the answer
learns that by the end of the stream, and makes another one.
"""

from __future__ import annotations

import os
import resource
import signal
import struct
import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec
import orjson

from libs.event_schemas.expansion import SchemaRefused
from libs.event_schemas.validator import PayloadValidator, Problem, compile_schema

CPU_LIMIT_S: Final = 1.0
_MEMORY_BYTES: Final = 256 * 1024 * 1024
_NICENESS: Final = 10
_NO_MEMORY: Final = 3
LIMITS_PASSED: Final = (-signal.SIGPROF, -signal.SIGABRT, _NO_MEMORY)
"""The exit codes of a process whose check took too much time or memory."""
LENGTH: Final = struct.Struct(">I")


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
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICENESS)
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    while size := questions.read(LENGTH.size):
        question = msgspec.msgpack.decode(questions.read(LENGTH.unpack(size)[0]), type=Question)
        signal.setitimer(signal.ITIMER_PROF, CPU_LIMIT_S)
        try:
            for answer in _answers(question):
                answers.write(framed(answer))
                answers.flush()
        except MemoryError:
            sys.exit(_NO_MEMORY)
        signal.setitimer(signal.ITIMER_PROF, 0)


def framed(message: Question | Answer) -> bytes:
    """Return a message with its length before it."""
    data = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(data)) + data


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
