"""The rule by which a request is sent again, the same for the blocking and the asynchronous client.

The rule is a generator that yields the next step (send, or pause) and is sent the step's result, so it holds no clock,
no socket and no sleep of its own. A request that may have had an effect is repeated only if its repeat is harmless.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import httpx

from waymark.client.errors import ConnectionFailed, ServerAnswered, WaymarkError, error_of


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """A response of the server. Header names are lower case."""

    status: int
    content: bytes
    headers: httpx.Headers


@dataclass(frozen=True, slots=True)
class Request:
    """A request, the same for all its tries.

    `is_repeatable`: a second arrival changes nothing. `is_answered` says whether an answer is no error.
    """

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, bytes], ...] = ()
    content: bytes | None = None
    is_repeatable: bool = True
    is_answered: Callable[[ApiAnswer], bool] = lambda answer: answer.status < 400


@dataclass(frozen=True, slots=True)
class Send:
    """Send the request now; wait at most `connect_timeout_s` to connect, `timeout_s` for each part of the answer."""

    request: Request
    timeout_s: float
    connect_timeout_s: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Send nothing for `seconds`."""

    seconds: float


Step = Send | Pause
TryResult = ApiAnswer | httpx.RequestError
"""An answer, or the reason why there is none."""
StepResult = TryResult | None
"""A try's result; None after a pause."""
Steps = Generator[Step, StepResult, ApiAnswer]

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_OURS = (httpx.LocalProtocolError, httpx.UnsupportedProtocol)
_REFUSED_UNDONE = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Retries:
    """The client's patience: `deadline_s` for all tries of a request together, `timeout_s` for one answer,
    `connect_timeout_s` for the connection before it.

    Pauses double from `first_pause_s` to `longest_pause_s`, each shortened at random by up to a half so that many
    clients do not come back at once; a longer `Retry-After` is waited for in full, plus up to a tenth.
    `on_retry` is called with each error that is followed by another try, and with the pause in seconds.
    """

    deadline_s: float = 60.0
    timeout_s: float = 30.0
    connect_timeout_s: float = 5.0
    first_pause_s: float = 0.1
    longest_pause_s: float = 5.0
    on_retry: Callable[[WaymarkError, float], None] = field(default=lambda _error, _pause_s: None, repr=False)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    wall_clock: Callable[[], float] = field(default=time.time, repr=False)
    chance: Callable[[], float] = field(default=random.random, repr=False)

    def tries(self, request: Request, *, until: Callable[[], float] | None = None) -> Steps:
        """The steps of one request; returns its answer, or raises the last error.

        `until`, called before each step, gives the time on `clock` at which the request is given up.
        """
        ends = self.clock() + self.deadline_s
        until = until or (lambda: ends)
        number = 0
        while True:
            remaining = until() - self.clock()
            timeout_s = max(0.05, min(self.timeout_s, remaining))
            result = yield Send(request, timeout_s, min(self.connect_timeout_s, timeout_s))
            assert result is not None
            if isinstance(result, ApiAnswer) and request.is_answered(result):
                return result
            error = self.judge(result)
            number += 1
            pause_s = self.pause_s(number, error)
            if not self.is_worth_another(result, error, request) or self.clock() + pause_s >= until():
                raise error
            self.on_retry(error, pause_s)
            yield Pause(pause_s)

    def once(self, request: Request) -> Steps:
        """The steps of a single try; returns its answer, an error's too. Raises ConnectionFailed."""
        result = yield Send(request, self.timeout_s, self.connect_timeout_s)
        assert result is not None
        if isinstance(result, ApiAnswer):
            return result
        raise self.judge(result)

    def judge(self, result: TryResult) -> WaymarkError:
        """Turn the result of a failed try into an error."""
        if isinstance(result, ApiAnswer):
            return error_of(
                result.status, result.content, retry_after=result.headers.get("retry-after"), now=self.wall_clock()
            )
        error = ConnectionFailed(f"the server does not answer: {str(result) or type(result).__name__}")
        error.__cause__ = result
        return error

    def pause_s(self, number: int, error: WaymarkError) -> float:
        """The pause after try `number` (from 1)."""
        backoff_s = min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(number - 1, 30))
        requested_s = (error.retry_after_s or 0.0) if isinstance(error, ServerAnswered) else 0.0
        return max(backoff_s * (0.5 + self.chance() / 2), requested_s * (1.0 + self.chance() / 10))

    def is_worth_another(self, result: TryResult, error: WaymarkError, request: Request) -> bool:
        """Whether sending the request again is harmless and may succeed."""
        if isinstance(result, httpx.RequestError):
            return not isinstance(result, _OURS) and (request.is_repeatable or isinstance(result, _NEVER_SENT))
        passing = isinstance(error, ServerAnswered) and error.is_passing
        return passing and (request.is_repeatable or result.status in _REFUSED_UNDONE)
