"""Runs previews: reads a span of the log in bounded time, two at a time. Nothing is written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from libs.eventlog.accept_order import in_accept_order
from libs.eventlog.port import EventLog
from libs.httpkit.turns import Turns
from services.monitoring.definitions.model import Definition
from services.monitoring.gate.model import SOURCES
from services.monitoring.preview.bodies import Span
from services.monitoring.preview.engine import Preview

AT_ONCE: Final = 2
"""How many previews a process runs at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewBounds:
    """A preview ends early after so many of the tenant's records, so much time, or with so many matches open."""

    records: int = 500_000
    time_s: float = 10.0
    open_matches: int = 100_000


class Previews:
    """Tries definitions on the records of `log`, which wait `watermark_ms` as those of running ones do."""

    def __init__(self, log: EventLog, watermark_ms: int, bounds: PreviewBounds) -> None:
        self._log = log
        self._watermark_ms = watermark_ms
        self._bounds = bounds
        self._turns = Turns(AT_ONCE, "previews")

    async def run(
        self,
        tenant_id: str,
        definition: Definition,
        span: Span,
        *,
        limit: int,
        is_abandoned: Callable[[], Awaitable[bool]],
    ) -> dict[str, Any]:
        """Return what the definition would have produced; ends early once nobody waits for it.

        Raises Unavailable while as many as are allowed run, LogUnavailable.
        """
        with self._turns.take():
            preview = Preview(definition, tenant_id, span, watermark_ms=self._watermark_ms, limit=limit)
            until_ms = await self._walk(preview, span, is_abandoned)
            return await asyncio.to_thread(preview.content, until_ms, is_truncated=until_ms < span.to_ms)

    async def _walk(self, preview: Preview, span: Span, is_abandoned: Callable[[], Awaitable[bool]]) -> int:
        """Walk the span; return up to when, which is its end unless a bound was met."""
        deadline = time.monotonic() + self._bounds.time_s
        starts = await self._log.offsets_at(SOURCES, span.from_ms)
        ends = await self._log.offsets_at(SOURCES, span.to_ms)
        until_ms = span.from_ms
        async with aclosing(in_accept_order(self._log, starts, ends, preview.sift)) as stretches:
            async for stretch in stretches:
                until_ms = int(min(max(stretch.until_ms, until_ms), span.to_ms))
                await asyncio.to_thread(preview.walk, stretch.items, until_ms)
                if until_ms < span.to_ms and (self._is_over(preview, deadline) or await is_abandoned()):
                    return until_ms
        await asyncio.to_thread(preview.walk, (), span.to_ms)
        return span.to_ms

    def _is_over(self, preview: Preview, deadline: float) -> bool:
        return (
            preview.scanned >= self._bounds.records
            or preview.open_count >= self._bounds.open_matches
            or time.monotonic() >= deadline
        )
