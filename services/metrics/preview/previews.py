"""Runs previews of metrics: reads the newest records of the log in bounded time, two at a time. Nothing is written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Final

from libs.contracts.topics import EVENTS, INTERACTIONS, Topic
from libs.eventlog.accept_order import in_accept_order
from libs.eventlog.backwards import Part, parts_backwards
from libs.eventlog.port import EventLog, StoredRecord, TopicPartition
from libs.httpkit.turns import Turns
from services.metrics.definitions.model import MetricDefinition
from services.metrics.preview.engine import MetricPreview, Sifted, Viewed

AT_ONCE: Final = 2
"""How many previews a process runs at a time."""
_TOPICS: Final[Sequence[Topic]] = (INTERACTIONS, EVENTS)
_FIRST_PART: Final = 10_000
_PART: Final = 40_000
"""Records of all tenants that are read from the log in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanBounds:
    """A preview goes no further back after so many of the tenant's records, or so much time."""

    records: int = 200_000
    time_s: float = 3.0


class MetricPreviews:
    """Tries definitions of metrics on the newest records of `log`."""

    def __init__(self, log: EventLog, bounds: ScanBounds) -> None:
        self._log = log
        self._bounds = bounds
        self._turns = Turns(AT_ONCE, "previews")

    async def run(
        self,
        tenant_id: str,
        definition: MetricDefinition,
        viewed: Viewed,
        *,
        is_abandoned: Callable[[], Awaitable[bool]],
    ) -> dict[str, Any]:
        """Return the preview; ends early once nobody waits for it.

        Raises Unavailable while as many as are allowed run, LogUnavailable.
        """
        with self._turns.take():
            preview = MetricPreview(tenant_id, definition)
            scan = _Scan(self._log, preview, self._bounds, is_abandoned)
            from_ms = await scan.run()
            return await asyncio.to_thread(preview.content, viewed, from_ms)


class _Scan:
    """Reads the log backwards, part by part, until a bound is met."""

    def __init__(
        self, log: EventLog, preview: MetricPreview, bounds: ScanBounds, is_abandoned: Callable[[], Awaitable[bool]]
    ) -> None:
        self._log = log
        self._preview = preview
        self._bounds = bounds
        self._is_abandoned = is_abandoned
        self._deadline = time.monotonic() + bounds.time_s
        self._since_ms: dict[TopicPartition, int] = {}

    async def run(self) -> int | None:
        """Take parts; return the accept time from which on all is taken, None for the whole log."""
        beginnings = await self._log.beginning_offsets(_TOPICS)
        ends = await self._log.end_offsets(_TOPICS)
        reached = dict(ends)
        for number, part in enumerate(parts_backwards(beginnings, ends, chain((_FIRST_PART,), repeat(_PART)))):
            is_first = number == 0
            if not (is_first or self._has_room()) or not await self._take(part, must_end=is_first):
                break
            reached |= part.starts
        behind = [place for place, offset in reached.items() if offset > beginnings[place]]
        return max((self._since_ms[place] for place in behind if place in self._since_ms), default=None)

    def _has_room(self) -> bool:
        return self._preview.scanned < self._bounds.records and time.monotonic() < self._deadline

    async def _take(self, part: Part, *, must_end: bool) -> bool:
        """Take a part; return False, with nothing of it taken, where time or the caller was gone before its end."""
        since_ms: dict[TopicPartition, int] = {}
        found: list[Sifted] = []

        def sift(record: StoredRecord) -> Iterable[Sifted]:
            since_ms.setdefault(record.topic_partition, record.timestamp_ms)
            return self._preview.sift(record)

        async with aclosing(in_accept_order(self._log, part.starts, part.ends, sift)) as stretches:
            async for stretch in stretches:
                found += stretch.items
                is_late = not must_end and time.monotonic() >= self._deadline
                if is_late or await self._is_abandoned():
                    return False
        await asyncio.to_thread(self._preview.take, found)
        self._since_ms |= since_ms
        return True
