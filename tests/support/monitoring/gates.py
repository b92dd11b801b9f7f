"""The gate for tests: records that are accepted now, and the steps that come of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from libs.contracts.interactions import encode_interaction
from libs.contracts.monitoring_steps import Step, decode_step_record
from libs.contracts.topics import INTERACTIONS, MONITORING_STEPS
from libs.eventlog.appending import append_all
from libs.eventlog.port import EventLog, Record, StoredRecord, TopicPartition
from libs.pg.database import Database
from libs.projections.reactor_runner import ReactorRunner
from services.monitoring.gate.reactor import Gate
from services.monitoring.gate.records import NamedRecord
from tests.support.projections import FAST
from tests.support.records import interaction, now_ms
from tests.support.waiting import eventually

TENANT = "acme"
WATERMARK_MS = 5_000


@dataclass(frozen=True, slots=True)
class Gates:
    """A log and the service's database, which gates run over."""

    log: EventLog
    db: Database

    def gate(self, member: str = "one") -> ReactorRunner[NamedRecord]:
        """Return a gate, not running."""
        return ReactorRunner(self.log, self.db, Gate(WATERMARK_MS), member=member, settings=FAST)

    async def accept(self, *numbers: int, **fields: Any) -> None:
        """Append interactions of these numbers, accepted now; a version that begins after this judges none of them."""
        await append_all(self.log, [accepted(number, **fields) for number in numbers])
        now = now_ms()
        await eventually(lambda: now_ms() > now, interval_s=0.001)

    async def is_level(self) -> bool:
        """Return whether the gate stands at the log's end."""
        ends = await self.log.end_offsets(Gate.topics)
        async with self.db.transaction() as conn:
            rows = await conn.fetch("SELECT topic, partition, next_offset FROM monitoring.gate_positions")
        return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows} == dict(ends)

    async def stored_steps(self) -> Sequence[StoredRecord]:
        """Return the step records in the log."""
        ends = await self.log.end_offsets((MONITORING_STEPS,))
        reader = await self.log.reader(await self.log.beginning_offsets((MONITORING_STEPS,)))
        found: list[StoredRecord] = []
        while any(reader.positions[place] < end for place, end in ends.items()):
            found += await reader.poll(timeout_s=1.0, max_records=1_000)
        await reader.stop()
        return found

    async def steps(self) -> list[Step]:
        """Return the steps in the log."""
        steps = [decode_step_record(record.value) for record in await self.stored_steps()]
        return [step for step in steps if isinstance(step, Step)]


def accepted(number: int, **fields: Any) -> Record:
    """Return an interaction of the tenant `acme` that is accepted now."""
    body = interaction(number, TENANT, **fields)
    return Record(INTERACTIONS.name, *encode_interaction(TENANT, body, actor_type="user"), now_ms())
