"""Waiting in blocking code. `waymark.client.asynchronous.waiting` has the same names for an event loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

Sleep = Callable[[float], None]
Condition = threading.Condition
sleep: Sleep = time.sleep


class Background:
    """Work in a daemon thread of its own."""

    def __init__(self, work: Callable[[], None], name: str) -> None:
        self._thread = threading.Thread(target=work, name=name, daemon=True)
        self._thread.start()

    def end(self, timeout_s: float) -> None:
        """Wait for the work's end, at most `timeout_s`."""
        self._thread.join(timeout_s)

    def end_at_exit(self, stop: Callable[[float], None], timeout_s: float) -> None:
        """Stop the work when the process ends, and wait for its end."""
        stop(timeout_s)
        self.end(timeout_s)
