"""Tasks of workflows are recorded through the gateway, once, however often their session's records are read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import orjson

from libs.contracts.envelope import decode_headers
from libs.contracts.paths import GATEWAY
from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.contracts.topics import EVENTS, WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import (
    AnyRecord,
    Posted,
    Posting,
    TaskAt,
    TaskWait,
    decode_session_record,
    encode_session_record,
)
from libs.contracts.workflow_spans import session_span, task_span
from libs.eventlog.errors import AppendFailed
from libs.eventlog.port import AppendOutcome, EventLog, Record
from libs.pg.database import Database
from libs.pg.roles import projector_role
from libs.projections.reactor_runner import ReactorRunner
from services.gateway.settings import GatewaySettings
from services.gateway.workflow_tasks.reactor import WorkflowTasks
from tests.support.gateway.records import catalog_record, numbers_in, publish, publish_reference, read_topic
from tests.support.gateway.surroundings import Surroundings
from tests.support.projections import FAST, running
from tests.support.records import START_MS
from tests.support.waiting import eventually
from tests.support.workflows.sessions import advanced, result, session_id, started

T = "default"
EVENT_KEY = "0198c7a2-0f2e-7c41-9a55-0d5c2f7e1b21"
INTERACTION_KEY = "0198c7a2-0f2e-7c41-9a55-0d5c2f7e1b22"
REFUSED_KEY = "0198c7a2-0f2e-7c41-9a55-0d5c2f7e1b23"
EVENT = {"eventType": "order.paid", "resourceType": "order", "resourceId": "o-1", "payload": {"total": 3}}
INTERACTION = {"resourceId": "o-1", "resourceType": "ORDER", "action": "CREATE", "origin": "API", "uowId": "u"}


class FailingOnce:
    """A log of which the first append of answers fails after all else was recorded, as if the process had died."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.has_failed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        if not self.has_failed and records[0].topic == WORKFLOW_SESSIONS.name:
            self.has_failed = True
            return [AppendFailed("as if the process had died", unknown=False) for _ in records]
        return await self._log.append(records)


def asks(task: str, kind: str, key: str, body: dict[str, Any]) -> TaskWait:
    posting = Posting(kind=kind, key=key, body=msgspec.Raw(orjson.dumps(body)))  # type: ignore[arg-type]
    return TaskWait(task=task, attempt=1, started_at=START_MS, posting=posting)


async def publish_sessions(log: EventLog, *records: AnyRecord) -> None:
    encoded = [encode_session_record(T, f"{T}:{one.session_id}", "u", one) for one in records]
    await publish(log, [Record(WORKFLOW_SESSIONS.name, *parts, START_MS) for parts in encoded])


@asynccontextmanager
async def recording(at: Surroundings, log: EventLog | None = None) -> AsyncIterator[ReactorRunner[Any]]:
    """The recorder, running, with a catalog that has what it needs."""
    names = {RESOURCE_TYPE: ("WORKFLOW",), ACTION: ("COMPLETED", "FAILED", "CANCELLED"), ORIGIN: ("WORKFLOW",)}
    await publish_reference(at.log, *(catalog_record(T, kind, name) for kind, of in names.items() for name in of))
    reactor = WorkflowTasks(GatewaySettings(database_url=at.database_url))
    async with await Database.connect(
        at.database_url, role=projector_role(GATEWAY), application_name="tests", search_path=(GATEWAY,)
    ) as db:
        runner = ReactorRunner(log or at.log, db, reactor, member="tests", settings=FAST)
        async with running(runner):
            yield runner


async def answers(log: EventLog) -> dict[str, Posted]:
    """The answers in the log, by key; each is there once."""
    found = [decode_session_record(record.value) for record in await read_topic(log, WORKFLOW_SESSIONS)]
    posted = [one for one in found if isinstance(one, Posted)]
    assert len({one.key for one in posted}) == len(posted)
    return {one.key: one for one in posted}


async def test_attempts_and_sessions_become_interactions_of_one_trace(surroundings: Surroundings) -> None:
    await publish_sessions(
        surroundings.log,
        started("s", uow_id="u"),
        advanced("s", 1, results=(msgspec.structs.replace(result(), type="transform"),), started=(TaskAt(task="B"),)),
        advanced("s", 1, results=(result(error="void"),)),
        advanced("s", 2, results=(result("B", error="http_status"),), status="failed"),
    )
    async with recording(surroundings) as runner:
        await eventually(lambda: runner.figures.applied >= 4)

    bodies = [orjson.loads(record.value or b"") for record in await read_topic(surroundings.log)]
    assert [(one["resourceId"], one["action"], one["interaction"]["errorCode"]) for one in bodies] == [
        ("order-paid/A", "COMPLETED", None),
        ("order-paid/B", "FAILED", "http_status"),
        ("order-paid", "FAILED", None),
    ]
    (first, _, last) = bodies
    assert first["interaction"]["type"] == "transform"
    assert (first["resourceType"], first["origin"], first["uowId"], first["userId"]) == (
        "WORKFLOW",
        "WORKFLOW",
        "u",
        "ann",
    )
    session = session_span(session_id("s"))
    assert (first["spanId"], first["parentSpanId"]) == (task_span(session_id("s"), "A", None), session)
    assert (last["spanId"], last["parentSpanId"]) == (session, None)


async def test_what_tasks_ask_for_is_recorded_and_answered_once_also_after_a_failure(
    surroundings: Surroundings,
) -> None:
    waits = (
        asks("A", "event", EVENT_KEY, EVENT),
        asks("B", "interaction", INTERACTION_KEY, INTERACTION),
        asks("C", "interaction", REFUSED_KEY, {**INTERACTION, "action": "NONE"}),
    )
    await publish_sessions(
        surroundings.log, started("s", tasks=("A", "B", "C"), uow_id="u"), advanced("s", 1, waiting=waits)
    )
    failing = FailingOnce(surroundings.log)
    async with recording(surroundings, failing) as runner:
        await eventually(lambda: runner.figures.applied >= 5)

    assert failing.has_failed
    found = await answers(surroundings.log)
    assert {key: one.error and one.error.code for key, one in found.items()} == {
        EVENT_KEY: None,
        INTERACTION_KEY: None,
        REFUSED_KEY: "validation_error",
    }
    numbers = await numbers_in(surroundings.log)
    numbers.assert_gapless(up_to=1)
    assert set(numbers.ids) == {INTERACTION_KEY}
    events = await read_topic(surroundings.log, EVENTS)
    assert len({(record.key, record.value, record.stored_headers) for record in events}) == 1
    envelope = decode_headers(events[0].headers)
    assert (envelope.id, envelope.correlation_id, envelope.actor_id) == (EVENT_KEY, "u", "ann")
