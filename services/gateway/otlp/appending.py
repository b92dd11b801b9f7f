"""Events into the log: answered for only once every one of them is acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from libs.contracts.events import Event
from libs.contracts.times import current_ms
from libs.eventlog.port import AppendOutcome, EventLog
from services.gateway.events.model import to_record


class Append(Protocol):
    """Appends events; one outcome each, in order."""

    async def __call__(self, events: Sequence[Event]) -> Sequence[AppendOutcome]: ...


class LogAppend:
    """Appends to a log, with the time of appending as the records' accept time."""

    def __init__(self, log: EventLog, clock_ms: Callable[[], int] = current_ms) -> None:
        self._log = log
        self._clock_ms = clock_ms

    async def __call__(self, events: Sequence[Event]) -> Sequence[AppendOutcome]:
        accepted_ms = self._clock_ms()
        return await self._log.append([to_record(event, accepted_ms) for event in events])
