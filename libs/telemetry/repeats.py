"""Bounds what a library may say over and over: of alike messages the first, then one in ten seconds, with a count."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

PAUSE_S = 10.0
_KEPT_KINDS = 1_000


class Repeats(logging.Filter):
    """A handler's filter. Messages of one logger and its children are alike when level and unformatted text are."""

    def __init__(self, logger: str, clock_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logger)
        self._clock_s = clock_s
        self._said: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to pass the record on; the first one after suppressed repeats carries their number."""
        if not super().filter(record):
            return True
        kind = (record.name, record.levelno, str(record.msg))
        now_s = self._clock_s()
        said_s, held_back = self._said.get(kind, (-PAUSE_S, 0))
        if now_s - said_s < PAUSE_S:
            self._said[kind] = said_s, held_back + 1
            return False
        if len(self._said) >= _KEPT_KINDS:
            self._said.clear()
        self._said[kind] = now_s, 0
        if held_back:
            record.msg, record.args = f"{record.getMessage()} (and {held_back} alike since the last)", ()
        return True
