"""When a request is sent again, and after how long: one rule for the blocking and the asynchronous client.

The rule is a generator that yields what to do next (send, or pause) and is told how it went, so it holds no clock, no
socket and no sleep of its own. A request that may have had an effect is repeated only if its repeat is harmless.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import httpx

from waymark.client.errors import ConnectionFailed, ServerAnswered, WaymarkError, error_of


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are lower case."""

    status: int
    content: bytes
    headers: httpx.Headers


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is sent, the same for all its tries.

    `is_repeatable`: a second arrival changes nothing. `is_answered` tells answers from errors.
    """

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, bytes], ...] = ()
    content: bytes | None = None
    is_repeatable: bool = True
    is_answered: Callable[[Answer], bool] = lambda answer: answer.status < 400


@dataclass(frozen=True, slots=True)
class Send:
    """Send the request now and wait at most so long for each part of the answer."""

    request: Request
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for so long."""

    seconds: float


Step = Send | Pause
Told = Answer | httpx.RequestError | None
"""What a step came to: an answer, or why there is none; None after a pause."""
Steps = Generator[Step, Told, Answer]

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_OURS = (httpx.LocalProtocolError, httpx.UnsupportedProtocol)
_REFUSED_UNDONE = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Retries:
    """How patient the client is: `deadline_s` for all tries of a request together, `timeout_s` for one answer.

    Pauses double from `first_pause_s` to `longest_pause_s`, each shortened at random by up to a half so that many
    clients do not come back at once; a longer `Retry-After` is waited for in full, plus up to a tenth. `told` hears of
    every error that is followed by another try, and of the pause in seconds.
    """

    deadline_s: float = 60.0
    timeout_s: float = 30.0
    first_pause_s: float = 0.1
    longest_pause_s: float = 5.0
    told: Callable[[WaymarkError, float], None] = field(default=lambda _error, _pause_s: None, repr=False)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    wall_clock: Callable[[], float] = field(default=time.time, repr=False)
    chance: Callable[[], float] = field(default=random.random, repr=False)

    def tries(self, request: Request, *, until: Callable[[], float] | None = None) -> Steps:
        """The steps of one request; returns its answer below 400, or raises the last error.

        `until` gives the moment on `clock` after which it is given up, asked anew before each step.
        """
        ends = self.clock() + self.deadline_s
        until = until or (lambda: ends)
        number = 0
        while True:
            remaining = until() - self.clock()
            told = yield Send(request, max(0.05, min(self.timeout_s, remaining)))
            assert told is not None
            if isinstance(told, Answer) and request.is_answered(told):
                return told
            error = self.judge(told)
            number += 1
            pause_s = self.pause_s(number, error)
            if not self.is_worth_another(told, error, request) or self.clock() + pause_s >= until():
                raise error
            self.told(error, pause_s)
            yield Pause(pause_s)

    def judge(self, told: Answer | httpx.RequestError) -> WaymarkError:
        """The error that an unsuccessful try means."""
        if isinstance(told, Answer):
            return error_of(
                told.status, told.content, retry_after=told.headers.get("retry-after"), now=self.wall_clock()
            )
        error = ConnectionFailed(f"the server does not answer: {told or type(told).__name__}")
        error.__cause__ = told
        return error

    def pause_s(self, number: int, error: WaymarkError) -> float:
        """How long to wait after the try of that number (from 1)."""
        backoff_s = min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(number - 1, 30))
        asked_s = (error.retry_after_s or 0.0) if isinstance(error, ServerAnswered) else 0.0
        return max(backoff_s * (0.5 + self.chance() / 2), asked_s * (1.0 + self.chance() / 10))

    def is_worth_another(self, told: Answer | httpx.RequestError, error: WaymarkError, request: Request) -> bool:
        """Whether the request may be sent again after that, and may fare better."""
        if isinstance(told, httpx.RequestError):
            return not isinstance(told, _OURS) and (request.is_repeatable or isinstance(told, _NEVER_SENT))
        passing = isinstance(error, ServerAnswered) and error.is_passing
        return passing and (request.is_repeatable or told.status in _REFUSED_UNDONE)
