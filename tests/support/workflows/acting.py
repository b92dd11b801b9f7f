"""Somebody who acts for the executor: sees what is in the log, and appends what a test wants."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import AnyRecord, SessionEnd, SessionEnded, decode_session_record
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import StoredRecord
from services.workflows.sessions.records import session_record
from tests.support.workflows.sessions import result


@dataclass
class Actor:
    """Sees what is in the log, and appends in the executor's place."""

    log: MemoryEventLog
    seen: list[tuple[StoredRecord, AnyRecord]] = field(default_factory=list)

    async def next(self, kind: type[AnyRecord]) -> AnyRecord:
        """The next record of a kind that was not returned before."""
        reader = await self.log.reader(await self.log.beginning_offsets([WORKFLOW_SESSIONS]))
        taken = {(one.partition, one.offset) for one, _ in self.seen}
        try:
            async with asyncio.timeout(20):
                while True:
                    for record in await reader.poll(timeout_s=1, max_records=100):
                        found = decode_session_record(record.value)
                        if isinstance(found, kind) and (record.partition, record.offset) not in taken:
                            self.seen.append((record, found))
                            return found
        finally:
            await reader.stop()

    async def append(self, *records: AnyRecord) -> None:
        """Append to the session whose record was seen last."""
        last = self.seen[-1][0]
        assert last.key is not None
        await self.log.append([session_record("acme", last.key, "u", record) for record in records])

    async def end(self, *, seq: int = 1, error: str | None = None) -> None:
        """End the session whose start was seen last, whose task A completed or failed."""
        session_id = self.seen[-1][1].session_id
        status: SessionEnd = "failed" if error else "completed"
        at = self.seen[-1][1].at + 5
        await self.append(
            SessionEnded(session_id=session_id, at=at, seq=seq, results=(result("A", error=error),), status=status)
        )
