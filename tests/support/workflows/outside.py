"""The world outside an executor: what tasks wait for arrives once the log says that they wait, and arrives twice."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from libs.background.tasks import end_task
from libs.contracts.times import current_ms
from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import AnyRecord, EventMatched, Posted, SessionAdvanced
from services.workflows.engine.entries import readable
from tests.support.workflows.executing import Workbench

_MAX_RECORDS = 1_000


@asynccontextmanager
async def answered(bench: Workbench) -> AsyncIterator[None]:
    """Answer waits for events and postings for the length of the block, as matcher and gateway do."""
    task = asyncio.create_task(_answer(bench))
    try:
        yield
    finally:
        await end_task(task)


async def _answer(bench: Workbench) -> None:
    reader = await bench.log.reader(await bench.log.beginning_offsets([WORKFLOW_SESSIONS]))
    while True:
        for stored in await reader.poll(timeout_s=0.2, max_records=_MAX_RECORDS):
            entry = readable(stored)
            if entry is not None and isinstance(entry.record, SessionAdvanced):
                for answer in _answers(entry.record):
                    await bench.append(answer.session_id, answer)
                    await bench.append(answer.session_id, answer)


def _answers(record: SessionAdvanced) -> Iterator[AnyRecord]:
    for wait in record.waiting:
        at: dict[str, Any] = {"session_id": record.session_id, "at": current_ms(), "task": wait.task, "item": wait.item}
        if wait.event is not None:
            event = msgspec.Raw(msgspec.json.encode({"eventType": wait.event.event_type}))
            yield EventMatched(**at, round=1, attempt=wait.attempt, event_id=str(uuid.uuid4()), event=event)
        elif wait.posting is not None:
            yield Posted(**at, key=wait.posting.key)
