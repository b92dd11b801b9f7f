"""The gate for tests: definitions that are stored, records that are accepted now, and the steps that come of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from libs.contracts.interactions import encode_interaction
from libs.contracts.monitoring_steps import Step, decode_step_record
from libs.contracts.topics import INTERACTIONS, MONITORING_STEPS
from libs.eventlog.appending import append_all
from libs.eventlog.port import EventLog, Record, StoredRecord
from libs.pg.database import Database
from libs.projections.reactor_runner import ReactorRunner
from services.monitoring.definitions.kinds import keep_version
from services.monitoring.definitions.model import CriticalInteraction, Definition
from services.monitoring.definitions.store import InteractionStore
from services.monitoring.gate.reactor import Gate
from services.monitoring.gate.records import NamedRecord
from tests.support.projections import FAST
from tests.support.records import interaction
from tests.support.waiting import eventually

WATERMARK_MS = 5_000


def now_ms() -> int:
    """Return the present, as records are accepted at."""
    return time.time_ns() // 1_000_000


async def later() -> None:
    """Let this millisecond go by: a version judges the whole of its first, also what was accepted early in it."""
    now = now_ms()
    await eventually(lambda: now_ms() > now, interval_s=0.001)


@dataclass(frozen=True, slots=True)
class Gates:
    """A log and the service's database, over which gates run."""

    log: EventLog
    db: Database

    def gate(self, member: str = "one", *, log: EventLog | None = None) -> ReactorRunner[NamedRecord]:
        """Return a gate, not running."""
        return ReactorRunner(log or self.log, self.db, Gate(WATERMARK_MS), member=member, settings=FAST)

    async def define(self, what: Definition, interaction_id: int = 1) -> CriticalInteraction:
        """Store a definition of the tenant `default`; it is committed on return."""
        await later()
        now = datetime.now(UTC)
        dates: dict[str, Any] = {"created_at": now, "created_by": "ann", "updated_at": now, "updated_by": "ann"}
        one = CriticalInteraction(tenant_id="default", id=interaction_id, version=1, definition=what, **dates)
        async with self.db.transaction() as conn:
            await InteractionStore(conn, one.tenant_id).insert(one)
            await keep_version(conn, one)
        return one

    async def change(self, one: CriticalInteraction, **changes: Any) -> CriticalInteraction:
        """Store the next version of a definition, or its end by `deleted_at`; it is committed on return."""
        await later()
        changed = replace(one, version=one.version + 1, **changes)
        async with self.db.transaction() as conn:
            await InteractionStore(conn, one.tenant_id).update(changed)
            await keep_version(conn, changed)
        return changed

    async def accept(self, *numbers: int, **fields: Any) -> None:
        """Append interactions of these numbers, accepted now."""
        await append_all(self.log, [accepted(number, **fields) for number in numbers])

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
    """Return an interaction of the tenant `default` that is accepted now."""
    body = interaction(number, **fields)
    return Record(INTERACTIONS.name, *encode_interaction("default", body, actor_type="user"), now_ms())
