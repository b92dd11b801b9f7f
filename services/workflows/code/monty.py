"""Runs code in Monty, a subset of Python with no way out, in worker processes that have no environment.

Every limit is set, and none is trusted alone: the interpreter counts time and memory, the pool kills a worker that is
silent beyond its time, and the whole run has a limit by the wall clock. A run has a session of its own. Only a text,
cut off at the size of an output, comes back from a worker, and is read here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

import msgspec
from pydantic_monty import (
    AsyncMonty,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySyntaxError,
    ResourceLimits,
)

from services.workflows.code.confining import confine
from services.workflows.code.printed import Printed, keepable
from services.workflows.code.runner import MAX_RESULT_BYTES, CodeFailed, CodeFailure, CodeResult, Json

_MAX_MEMORY_BYTES: Final = 64 * 1_048_576
_MAX_RECURSION: Final = 200
# Names that are not defined, and modules that are not there, are asked for at the host, which has none.
_MAX_SUSPENSIONS: Final = 100
_GRACE_S: Final = 0.25
# The pool's threads let go of objects of Python's after it is closed; an interpreter that ends meanwhile is aborted.
_QUIET_S: Final = 0.05
_MAX_MESSAGE_CHARS: Final = 1_000
# A worker's heap is fragmented by those who were there before: it is replaced after so many runs.
_RUNS_PER_WORKER: Final = 1_000
# `main` is looked up in the text that was fed first, whose lines so keep their numbers; a formatted string is a string
# whatever the code made of its names, so what comes back is one, of a bounded length.
_CALL: Final = f"import json as _json\nf'{{_json.dumps(main(inputs), ensure_ascii=False)}}'[:{MAX_RESULT_BYTES + 1}]"
# The value of a text's last expression is sent here, however large it is: so that is none of the code's.
_NOTHING: Final = "\nNone"
_FIRST_FEED: Final = "<python-input-0>"


class MontyRunner:
    """A pool of at most `processes` workers, each started when it is needed first; runs beyond them wait.

    A context manager that is entered once.
    """

    def __init__(self, processes: int) -> None:
        self._pool: Final = AsyncMonty(
            min_processes=0,
            max_processes=processes,
            max_checkouts_per_worker=_RUNS_PER_WORKER,
            feed_duration_limit_grace=_GRACE_S,
            turn_duration_limit_grace=_GRACE_S,
        )

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.__aexit__(kind, error, trace)
        await asyncio.sleep(_QUIET_S)

    async def run(self, code: str, inputs: Mapping[str, Json], *, timeout_s: float) -> CodeResult:
        printed = Printed()
        try:
            return CodeResult(_value(await self._result(code, inputs, printed, timeout_s)), printed.text)
        except (MontyError, TimeoutError, _ResultRefused) as error:
            raise _failure(error, printed, timeout_s) from None

    async def _result(self, code: str, inputs: Mapping[str, Json], printed: Printed, timeout_s: float) -> str:
        """Return the JSON of what `main` returned. Cancelled, or late, it leaves a dead worker behind."""
        async with self._pool.checkout(limits=_limits(timeout_s)) as session:
            if (pid := session.worker_pid) is not None:
                confine(pid)
            async with asyncio.timeout(timeout_s + _GRACE_S) as limit:
                with printed.stopping(limit):
                    await session.feed_run(code + _NOTHING, inputs={"inputs": dict(inputs)}, print_callback=printed)
                    return str(await session.feed_run(_CALL, print_callback=printed))


def _limits(timeout_s: float) -> ResourceLimits:
    return ResourceLimits(
        max_feed_duration_secs=timeout_s,
        max_turn_duration_secs=timeout_s,
        max_total_sleep_secs=0,
        max_memory=_MAX_MEMORY_BYTES,
        max_recursion_depth=_MAX_RECURSION,
        max_suspensions=_MAX_SUSPENSIONS,
    )


class _ResultRefused(Exception):
    """What `main` returned is not taken."""

    def __init__(self, code: CodeFailure, message: str) -> None:
        super().__init__(message)
        self.code: CodeFailure = code


def _value(text: str) -> Json:
    if len(text) > MAX_RESULT_BYTES:
        raise _ResultRefused("output_too_large", "the result is larger than 1 MiB as JSON")
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise _ResultRefused(
            "code_error", "the result is not JSON: it has NaN, an infinity or half a character"
        ) from None


def _failure(error: MontyError | TimeoutError | _ResultRefused, printed: Printed, timeout_s: float) -> CodeFailed:
    line = _line(error)
    if printed.is_too_much:
        return CodeFailed("output_too_large", "the code prints more than 64 KiB", log=printed.text)
    if isinstance(error, _ResultRefused):
        return CodeFailed(error.code, str(error), log=printed.text)
    if _is_overdue(error, line):
        return CodeFailed("timeout", f"the code takes more than {timeout_s:.3g} s", log=printed.text)
    if isinstance(error, MontyRuntimeError) and isinstance(error.exception(), MemoryError):
        return CodeFailed("memory", "the code takes more than 64 MiB of memory", line=line, log=printed.text)
    return CodeFailed("code_error", _message(error), line=line, log=printed.text)


def _is_overdue(error: MontyError | TimeoutError, line: int | None) -> bool:
    """Return whether a run took too long; a TimeoutError that the code raised by itself has a line."""
    if isinstance(error, MontyCrashedError):
        return error.timed_out
    return isinstance(error, TimeoutError) or (line is None and isinstance(error.exception(), TimeoutError))


def _line(error: Exception) -> int | None:
    """Return the line of the code that the error comes from, the innermost."""
    if not isinstance(error, MontyRuntimeError | MontySyntaxError):
        return None
    lines = [frame.line for frame in error.traceback() if frame.filename == _FIRST_FEED]
    return lines[-1] if lines else None


def _message(error: MontyError | TimeoutError) -> str:
    if isinstance(error, MontyCrashedError):
        return "the code brought its interpreter down"
    message = f"SyntaxError: {error}" if isinstance(error, MontySyntaxError) else str(error)
    return keepable(message[:_MAX_MESSAGE_CHARS])
