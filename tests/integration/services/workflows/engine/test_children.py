"""Children are begun in the active version of the workflow that is called, as soon as database and log are there."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import SessionStarted, child_session_id
from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database
from libs.pg.errors import DatabaseUnavailable
from libs.records.sessions import decode_keyed_record
from libs.vault.vault import Vault
from services.workflows.definitions.heads import Head, Heads
from services.workflows.definitions.versions import Versions
from services.workflows.engine.children import ChildSessions
from services.workflows.engine.session import SessionState, TaskKey
from services.workflows.running.starting import sealed, unsealed
from services.workflows.sessions.open_sessions import OpenSessions
from services.workflows.task_types.model import ChildStart, TaskFailed
from services.workflows.task_types.registry import built_in_types
from tests.support.accounts import SECRET_KEY
from tests.support.eventlog import read_topic
from tests.support.waiting import eventually
from tests.support.workflows.over_http import activate, create_workflow
from tests.support.workflows.session_states import session_of

VAULT = Vault(SECRET_KEY)
CALL = TaskKey("Call")
CHILD = child_session_id("key")


class FlakyHeads(Heads):
    """Does not find the database the first time."""

    failures = 1

    async def find(self, tenant_id: str, name: str, version: int | None = None) -> Head | None:
        if self.failures:
            self.failures -= 1
            raise DatabaseUnavailable("away")
        return await super().find(tenant_id, name, version)


@pytest.fixture
def children(log: MemoryEventLog, projector_db: Database) -> ChildSessions:
    versions = Versions(projector_db, built_in_types())
    return ChildSessions(
        log, FlakyHeads(projector_db), versions, VAULT, OpenSessions(projector_db), clock=lambda: 1_790_000_000_000
    )


async def prepared(children: ChildSessions, parent: SessionState, **input_: Any) -> tuple[str, SessionStarted]:
    start = ChildStart(workflow="Inner", input=input_, waits=True)
    return await children.prepare(parent, CALL, CHILD, start)


async def refusal(children: ChildSessions, **input_: Any) -> str:
    with pytest.raises(TaskFailed) as failed:
        await prepared(children, session_of(), **input_)
    return failed.value.code


async def test_a_child_is_begun_for_its_parents_task(
    client: httpx.AsyncClient, log: MemoryEventLog, children: ChildSessions
) -> None:
    assert await refusal(children) == "workflow_missing"
    n = {"$blank": {"name": "n", "type": "integer"}}
    await create_workflow(client, "inner", tasks={"A": {"type": "delay", "body": {"seconds": n}}})
    assert await refusal(children) == "workflow_inactive"
    await activate(client, "inner")
    assert await refusal(children, n="none") == "input_invalid"

    parent = session_of({"word": 1})
    secrets = sealed(VAULT, parent.session_id, {"/pin": "4711-4711"})
    parent = msgspec.structs.replace(parent, started=msgspec.structs.replace(parent.started, secrets=secrets))
    key, record = await prepared(children, parent, n=3, told="4711-4711")
    assert (key, record.session_id, record.uow_id) == (f"acme:{CHILD}", CHILD, parent.started.uow_id)
    assert record.parent is not None
    assert (record.parent.session_id, record.parent.task, record.parent.depth) == (parent.session_id, "Call", 1)
    assert (msgspec.json.decode(record.input), unsealed(VAULT, CHILD, record.secrets)) == (
        {"n": 3},
        {"/told": "4711-4711"},
    )

    assert not await children.is_known(parent, CHILD)
    log.broker.available = False
    begun = asyncio.create_task(children.begin(parent, key, record))
    await asyncio.sleep(0)
    assert not begun.done()
    log.broker.available = True
    await eventually(begun.done)
    (stored,) = await read_topic(log, WORKFLOW_SESSIONS)
    assert decode_keyed_record(stored).record == msgspec.structs.replace(record, again=True)
