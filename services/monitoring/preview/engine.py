"""Plays records through a definition as if it had been in force: gate, matches and figures in memory, without I/O.

The records come in the order in which they were accepted, and time passes by that, so that what comes out is what the
service itself would have come to, had the definition been in force.
"""

from __future__ import annotations

import heapq
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from libs.contracts.critical_interactions import Result
from libs.contracts.errors import InvalidRecord
from libs.contracts.monitoring_steps import Step
from libs.eventlog.port import StoredRecord
from libs.rollups.histogram import bucket_of, parts_of
from services.monitoring.definitions.model import Definition, VersionInForce
from services.monitoring.gate.gate_index import GateIndex
from services.monitoring.gate.judging import steps_of
from services.monitoring.gate.records import decode_named
from services.monitoring.health.model import MINUTE_MS
from services.monitoring.health.reads import result_json
from services.monitoring.health.records import kind_of
from services.monitoring.health.scores import MILLIONTHS, Tally, figures_json
from services.monitoring.health.suggestions import suggested_limits
from services.monitoring.matches.matcher import DefinitionMatches
from services.monitoring.matches.results import result_of
from services.monitoring.matches.versions import rules_of
from services.monitoring.preview.bodies import Span
from services.monitoring.rewalk.walk import MemoryWalk

NO_ID: Final = 0
"""Id and version of a definition that is only tried."""
_WALKED_AT_ONCE = 1_000


class KeyedStep(NamedTuple):
    """A step, and the key of its match."""

    match_key: str
    step: Step


class Preview:
    """One definition tried on one tenant's records of a span.

    `limit` results are kept, those that ended last.
    """

    def __init__(self, definition: Definition, tenant_id: str, span: Span, *, watermark_ms: int, limit: int) -> None:
        self.scanned = self.relevant = 0
        self._definition = definition
        self._tenant_id = tenant_id
        self._span = span
        self._watermark_ms = watermark_ms
        version = VersionInForce(
            tenant_id=tenant_id,
            definition_id=NO_ID,
            version=NO_ID,
            definition=definition,
            from_ms=span.from_ms,
            to_ms=span.to_ms,
            ended_ms=span.to_ms,
        )
        self._index = GateIndex([version], watermark_ms=watermark_ms)
        self._matches = DefinitionMatches({NO_ID: rules_of(NO_ID, definition)}, room=sys.maxsize)
        self._walk = MemoryWalk({(tenant_id, NO_ID): self._matches}, span.from_ms)
        self._figures = _Figures(limit)

    @property
    def open_count(self) -> int:
        """How many matches are open."""
        return self._matches.open_count

    def sift(self, record: StoredRecord) -> Iterator[KeyedStep]:
        """Yield the steps of a record that the definition names; an invalid one has none."""
        if not self._span.from_ms <= record.timestamp_ms < self._span.to_ms:
            return
        try:
            named = decode_named(record)
            if named is None or named.tenant_id != self._tenant_id:
                return
            self.scanned += 1
            for keyed in steps_of(self._index, named, self._watermark_ms):
                yield KeyedStep(*keyed)
        except InvalidRecord:
            return

    def walk(self, steps: Iterable[KeyedStep], until_ms: int) -> None:
        """Walk steps in the order in which they were accepted, then let time pass up to `until_ms`."""
        for number, (match_key, step) in enumerate(steps, start=1):
            self.relevant += self._walk.step(self._tenant_id, match_key, step)
            if number % _WALKED_AT_ONCE == 0:
                self._count()
        self._walk.pass_time(until_ms)
        self._count()

    def content(self, scanned_to_ms: int, *, is_truncated: bool) -> dict[str, Any]:
        """Return what was found, as it is shown."""
        tally = self._figures.tally()
        minutes = -(-(scanned_to_ms - self._span.from_ms) // MINUTE_MS)
        return {
            "from": self._span.from_ms,
            "to": self._span.to_ms,
            "scanned": self.scanned,
            "relevant": self.relevant,
            "truncated": is_truncated,
            "scannedTo": scanned_to_ms,
            "open": self.open_count,
            "late": self._figures.late,
            "total": figures_json(tally, minutes),
            "results": self._figures.latest(),
            "suggestedLimits": suggested_limits(tally),
        }

    def _count(self) -> None:
        """Count what the walk has come to, and forget it."""
        for key, end in self._walk.drain():
            self._figures.add(result_of(key, end, self._definition))
        self._figures.late += sum(minute.late for minute in self._matches.tallies.values())
        self._matches.tallies.clear()


class _Figures:
    """Counts of results, and the `limit` of them that ended last."""

    def __init__(self, limit: int) -> None:
        self.late = 0
        self._limit = limit
        self._kinds: Counter[str] = Counter()
        self._buckets: Counter[int] = Counter()
        self._millionths = 0
        self._latest: list[tuple[int, str, Result]] = []

    def add(self, result: Result) -> None:
        """Count a result."""
        self._kinds[kind_of(result)] += 1
        if result.duration_ms is not None and result.score is not None:
            self._buckets[bucket_of(result.duration_ms)] += 1
            self._millionths += round(result.score * MILLIONTHS)
        keep = heapq.heappush if len(self._latest) < self._limit else heapq.heappushpop
        keep(self._latest, (result.ended_at, result.id, result))

    def tally(self) -> Tally:
        """Return the counts."""
        return Tally(counts=self._kinds, score_millionths=self._millionths, parts=parts_of(self._buckets))

    def latest(self) -> Sequence[dict[str, Any]]:
        """Return the results that ended last, latest first, as they are shown."""
        kept = sorted(self._latest, key=lambda one: one[:2], reverse=True)
        return [result_json(msgspec.json.encode(result).decode()) for _, _, result in kept]
