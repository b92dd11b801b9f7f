"""Verifies the results of critical interactions: walks the source records anew, and compares with the topic.

Nothing is written. What is compared are the results that were decided before the instant up to which all stages are
through, and from `since_ms` on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from libs.contracts.critical_interactions import decode_result
from libs.contracts.envelope import tenant_of
from libs.contracts.errors import InvalidRecord
from libs.contracts.monitoring_steps import Closing
from libs.contracts.times import to_ms
from libs.contracts.topics import CRITICAL_INTERACTIONS, Topic
from libs.eventlog.accept_order import in_accept_order
from libs.eventlog.port import EventLog, Positions, StoredRecord
from libs.eventlog.reading import Progress, read_between
from libs.pg.database import Database
from services.monitoring.definitions.model import VersionInForce
from services.monitoring.definitions.store import closings_since, versions_since
from services.monitoring.gate.model import SOURCES
from services.monitoring.health.freshness import Freshness
from services.monitoring.verify.comparison import Comparison
from services.monitoring.verify.engine import DecidedResult, Rewalk, longest_match_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was compared: the results decided in `[since_ms, until_ms)`, and the records read for that."""

    since_ms: int
    until_ms: int
    scanned: int
    relevant: int
    comparison: Comparison


class Verification:
    """Verifies results; `db` has the service's projector role, records wait `watermark_ms`."""

    def __init__(self, db: Database, log: EventLog, watermark_ms: int) -> None:
        self._db = db
        self._log = log
        self._watermark_ms = watermark_ms

    async def run(self, *, tenant_id: str | None, since_ms: int, on_progress: Progress) -> Verified:
        """Compare the results of a tenant, or of all. Raises DatabaseUnavailable, LogUnavailable."""
        until_ms = to_ms(await Freshness(self._db, watermark_ms=0).as_of())
        versions, closings, start_ms = await self._definitions(tenant_id, since_ms)
        comparison = Comparison()
        await self._store(comparison, tenant_id, since_ms, until_ms)
        rewalk = Rewalk(versions, closings, start_ms, watermark_ms=self._watermark_ms)

        def compare(decided: Iterable[DecidedResult]) -> None:
            for one in decided:
                comparison.come_to(one.result, required=since_ms <= one.decided_ms < until_ms)

        starts, ends = await self._from(SOURCES, start_ms), await self._log.offsets_at(SOURCES, until_ms)
        async with aclosing(in_accept_order(self._log, starts, ends, rewalk.sift)) as stretches:
            async for stretch in stretches:
                walked_to_ms = int(min(max(stretch.until_ms, start_ms), until_ms))
                compare(await asyncio.to_thread(rewalk.walk, stretch.items, walked_to_ms))
                on_progress(*stretch.progress)
        compare(await asyncio.to_thread(rewalk.walk, (), until_ms))
        comparison.end()
        return Verified(
            since_ms=since_ms,
            until_ms=until_ms,
            scanned=rewalk.scanned,
            relevant=rewalk.relevant,
            comparison=comparison,
        )

    async def _definitions(
        self, tenant_id: str | None, since_ms: int
    ) -> tuple[Sequence[VersionInForce], Sequence[tuple[str, Closing]], int]:
        """Return versions and closings, and when the walk begins: as long before `since_ms` as a match can take."""
        async with self._db.transaction(readonly=True) as conn:
            every = await versions_since(conn, 0, oldest_ms=0)
            versions = [one for one in every if tenant_id in (None, one.tenant_id)]
            start_ms = max(0, since_ms - longest_match_ms(versions, self._watermark_ms))
            closings = await closings_since(conn, start_ms, watermark_ms=self._watermark_ms)
        return versions, closings, start_ms

    async def _store(self, comparison: Comparison, tenant_id: str | None, since_ms: int, until_ms: int) -> None:
        def take(record: StoredRecord) -> None:
            if tenant_id in (None, tenant_of(record.headers)):
                try:
                    comparison.store(decode_result(record.value), required=since_ms <= record.timestamp_ms < until_ms)
                except InvalidRecord:
                    return

        topics = (CRITICAL_INTERACTIONS,)
        await read_between(self._log, await self._from(topics, since_ms), await self._log.end_offsets(topics), take)

    async def _from(self, topics: Sequence[Topic], from_ms: int) -> Positions:
        return await (self._log.offsets_at(topics, from_ms) if from_ms else self._log.beginning_offsets(topics))
