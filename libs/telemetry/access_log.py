"""One log line for each request that was refused or failed: route, status, how long it took, who asked.

A flood of them is told in figures: after `LINES_PER_S` lines of a second, the next second's first line has the number
of those left out.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from starlette.types import Scope

from libs.telemetry.logger import get_logger

LINES_PER_S = 50
_UNLOGGED = frozenset(("/healthz", "/readyz", "/metrics"))
_KEY = re.compile(rb"\s*wm_([0-9A-Za-z]{1,32})_")
_log = get_logger(__name__)


class AccessLog:
    """Writes the lines of one process, a bounded number in each second."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._second = 0
        self._lines = 0
        self._left_out = 0

    def note(self, scope: Scope, *, request_id: str, route: str, status: int, duration_s: float) -> None:
        """Log the answer to a request when its status is 400 or above; health routes are polled and say so themselves.

        `route` is the template, never the path, which may hold what callers wrote.
        """
        if status < 400 or route in _UNLOGGED or not self._has_room():
            return
        left_out, self._left_out = self._left_out, 0
        say = _log.warning if status >= 500 else _log.info
        say(
            "request_ended",
            request_id=request_id,
            method=scope["method"],
            route=route,
            status=status,
            ms=round(duration_s * 1000, 1),
            key=_key_prefix(scope),
            **({"left_out": left_out} if left_out else {}),
        )

    def _has_room(self) -> bool:
        second = int(self._clock_s())
        if second != self._second:
            self._second, self._lines = second, 0
        self._lines += 1
        has_room = self._lines <= LINES_PER_S
        self._left_out += not has_room
        return has_room


def _key_prefix(scope: Scope) -> str | None:
    """Return the public part of the API key presented, known or not; None without one."""
    for name, value in scope["headers"]:
        if name == b"x-api-key" and (match := _KEY.match(value)):
            return match[1].decode()
    return None


ACCESS_LOG = AccessLog()
"""The access log of this process."""
