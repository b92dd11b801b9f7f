"""The executor's process is killed after records of a session: it ends as if nothing had been, and nothing that is done
is done again. In the suite after a few of its records, with `--full-faults` after each in turn."""

from __future__ import annotations

import asyncio

from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import AnyRecord, SessionEnded
from libs.eventlog.port import EventLog, Reader
from services.workflows.engine.entries import readable
from tests.support.machine import Machine, log_of
from tests.support.workflows.building import active
from tests.support.workflows.key_counting import KeyCounter, key_counter
from tests.support.workflows.running import Session, ended, started, statuses, task_of, tell
from tests.support.workflows.stories import CALLS, CHILD, STATUSES, child, story

STORY = "story"
EXECUTOR = "projections-workflows"
RECORDS = 24
"""About as many records has a session of the story."""


async def test_kills_after_records_of_a_session_change_nothing(
    machine: Machine, tenant_key: str, full_faults: bool
) -> None:
    async with key_counter() as counter, machine.client(tenant_key) as client, log_of(machine) as log:
        await active(client, CHILD, child(counter.url))
        await active(client, STORY, story(counter.url))
        for count in range(1, RECORDS) if full_faults else (3, 11):
            counter.calls.clear()
            reader = await _reader(log)
            begun = await started(client, STORY, {"n": count})
            await asyncio.gather(_kill_after(machine, reader, begun["sessionId"], count), tell(client, begun))
            session = await ended(client, begun["sessionId"])
            assert (session["status"], statuses(session)) == ("completed", STATUSES)
            _check_calls(counter, session)


async def _reader(log: EventLog) -> Reader:
    return await log.reader(await log.end_offsets([WORKFLOW_SESSIONS]))


async def _kill_after(machine: Machine, reader: Reader, session_id: str, count: int) -> None:
    """Kill the executor once the log has so many records of a session, or its end."""
    records: list[AnyRecord] = []
    while len(records) < count and not (records and isinstance(records[-1], SessionEnded)):
        entries = map(readable, await reader.poll(timeout_s=5.0, max_records=100))
        records += (one.record for one in entries if one is not None and one.record.session_id == session_id)
    machine.kill(EXECUTOR)
    await reader.stop()


def _check_calls(counter: KeyCounter, session: Session) -> None:
    """Each call was made under one key, and again only where its task was begun again."""
    for path, (name, item) in CALLS.items():
        assert len(counter.keys(path)) == 1, path
        if name in STATUSES:
            task = task_of(session, name)
            known = task if item is None else task["items"][item]
            assert 1 <= counter.count(path) <= known["attempts"] + known["resumed"], path
