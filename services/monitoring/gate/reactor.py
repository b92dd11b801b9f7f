"""The gate: forwards the records that a definition names to the matching, under the keys of their matches.

Which versions judge a record depends on when it was accepted. One that was accepted between a change's moment and its
commit is judged by the change only when it is read after the commit. The log has acknowledged the steps before the
gate's position moves; whoever reads them keeps the first under an id and drops repeats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from libs.contracts.monitoring_steps import encode_step
from libs.contracts.paths import MONITORING
from libs.contracts.topics import MONITORING_STEPS, Topic
from libs.eventlog.port import Record, StoredRecord
from libs.pg.database import Connection
from libs.projections.long_work import LongWork
from libs.projections.reactor import Emission, Start
from services.monitoring.definitions.store import revision, versions_since
from services.monitoring.gate.gate_index import GateIndex
from services.monitoring.gate.judging import steps_of
from services.monitoring.gate.model import GATE, SOURCES
from services.monitoring.gate.records import NamedRecord, decode_named
from services.monitoring.gate.versions import VersionsInForce


class Gate:
    """The reactor. `watermark_ms` is how long a record waits so that earlier ones can come before it."""

    service = MONITORING
    name = GATE
    topics = SOURCES
    publishes: tuple[Topic, ...] = (MONITORING_STEPS,)
    starts_at: Start = "end"
    emission: Emission = "append"

    def __init__(self, watermark_ms: int) -> None:
        self._watermark_ms = watermark_ms
        self.forget()

    def forget(self) -> None:
        self._versions = VersionsInForce(revision, versions_since, watermark_ms=self._watermark_ms)

    def decode(self, record: StoredRecord) -> NamedRecord | None:
        """Return the record with its names; what else is in it is read when a definition names it."""
        return decode_named(record)

    async def react(self, conn: Connection, events: Sequence[NamedRecord]) -> Sequence[Record]:
        """Return the steps of the records."""
        earliest_ms = min(event.record.timestamp_ms for event in events)
        index = await self._versions.index(conn, earliest_ms)
        work = LongWork(conn)
        steps: list[Record] = []
        for event in events:
            steps += self._steps(index, event)
            await work.pause()
        return steps

    def _steps(self, index: GateIndex, event: NamedRecord) -> Iterator[Record]:
        for match_key, step in steps_of(index, event, self._watermark_ms):
            yield Record(MONITORING_STEPS.name, *encode_step(event.tenant_id, match_key, step), step.accepted_at)
