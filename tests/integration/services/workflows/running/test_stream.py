"""A session as it happens: a snapshot, changes, the end; whoever resumes gets nothing twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx
import orjson
import pytest

from libs.contracts.paths import WORKFLOWS
from libs.contracts.workflow_sessions import SessionAdvanced, SessionEnded, SessionStarted, TaskAt
from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database
from libs.projections.generations import ReadModel
from services.workflows.definitions.versions import Versions
from services.workflows.running.following import Following
from services.workflows.running.streams import SessionStream, SessionStreams
from services.workflows.running.waiters import Waiters
from services.workflows.sessions.model import SESSIONS_MODEL
from services.workflows.sessions.reads import SessionReads
from services.workflows.task_types.registry import built_in_types
from tests.support.workflows.acting import Actor
from tests.support.workflows.defining import NAME, TRANSFORM, defined
from tests.support.workflows.sessions import result


class Frame(NamedTuple):
    """One server-sent event; `id` is None where it has none."""

    event: str
    data: Any
    id: str | None


@pytest.fixture
async def streams(log: MemoryEventLog, request_db: Database, projector_db: Database) -> AsyncIterator[SessionStreams]:
    """The streams of one process."""
    waiters = Waiters(log, limit=10)
    await waiters.start()
    reads = SessionReads(ReadModel(request_db, WORKFLOWS, SESSIONS_MODEL))
    versions = Versions(projector_db, built_in_types())
    yield SessionStreams(await log.identity(), Following(reads, waiters), versions)
    await waiters.stop()


@pytest.fixture
async def started(api: httpx.AsyncClient, actor: Actor, request_db: Database) -> SessionStarted:
    """The start of a session, which the read model has, of two tasks in a row."""
    await defined(request_db, tasks={"A": TRANSFORM, "B": TRANSFORM | {"executeAfter": {"A": ["completed"]}}})
    answer = await api.post(f"/run/{NAME}", json={}, headers={"prefer": "respond-async"})
    await api.get(answer.headers["location"], headers={"waymark-min-position": answer.headers["waymark-position"]})
    record = await actor.next(SessionStarted)
    assert isinstance(record, SessionStarted)
    return record


async def opened(
    streams: SessionStreams, one: SessionStarted, last_event_id: str | None = None
) -> SessionStream | None:
    return await streams.open("acme", one.session_id, last_event_id=last_event_id, allowed=_allowed)


async def _allowed() -> bool:
    return True


async def frames_of(stream: SessionStream) -> AsyncIterator[Frame]:
    """The events of a stream."""
    async for chunk in stream.frames():
        for text in chunk.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in text.splitlines())
            if "data" in lines:
                yield Frame(lines["event"], orjson.loads(lines["data"]), lines.get("id"))


def step(one: SessionStarted, seq: int, *tasks: str) -> SessionAdvanced:
    begun = (TaskAt(task="B", type="transform"),)
    return SessionAdvanced(
        session_id=one.session_id, at=one.at, seq=seq, results=tuple(map(result, tasks)), started=begun
    )


def end(one: SessionStarted, seq: int) -> SessionEnded:
    return SessionEnded(session_id=one.session_id, at=one.at, seq=seq, results=(result("B"),), status="completed")


async def test_changes_follow_a_snapshot_until_the_end(
    streams: SessionStreams, started: SessionStarted, actor: Actor
) -> None:
    stream = await opened(streams, started)
    assert stream is not None
    frames = frames_of(stream)
    snapshot = await anext(frames)
    assert (snapshot.event, [one["status"] for one in snapshot.data["tasks"]]) == ("snapshot", ["running", "pending"])
    await actor.append(step(started, 1, "A"))
    changed = [await anext(frames) for _ in range(3)]
    assert [(one.event, one.data.get("task"), one.data["status"]) for one in changed] == [
        ("task", "A", "completed"),
        ("task", "B", "running"),
        ("session", None, "running"),
    ]
    assert [one.id is None for one in changed] == [True, True, False]
    assert [one.data.get("output") for one in changed[:2]] == [1, None]
    assert "outputs" in snapshot.data
    assert "outputs" not in changed[2].data
    await actor.append(end(started, 2))
    assert [(one.event, one.data["status"]) async for one in frames] == [
        ("task", "completed"),
        ("session", "completed"),
        ("end", "completed"),
    ]


async def test_who_resumes_with_the_newest_id_gets_what_follows(
    streams: SessionStreams, started: SessionStarted, actor: Actor
) -> None:
    stream = await opened(streams, started)
    assert stream is not None
    last = (await anext(frames_of(stream))).id
    await stream.close()
    resumed = await opened(streams, started, last)
    assert resumed is not None
    await actor.append(step(started, 1, "A"))
    assert (await anext(frames_of(resumed))).event == "task"
    late = await opened(streams, started, last)
    assert late is not None
    assert (await anext(frames_of(late))).event == "snapshot"


async def test_who_has_the_end_is_told_that_there_is_no_more(
    streams: SessionStreams, started: SessionStarted, actor: Actor
) -> None:
    await actor.append(step(started, 1, "A"), end(started, 2))
    stream = await opened(streams, started)
    assert stream is not None
    *_, last = [one async for one in frames_of(stream)]
    assert last.event == "end"
    assert await opened(streams, started, last.id) is None


async def test_a_stream_ends_with_the_right_to_read(streams: SessionStreams, started: SessionStarted) -> None:
    async def forbidden() -> bool:
        return False

    stream = await streams.open("acme", started.session_id, last_event_id=None, allowed=forbidden)
    assert stream is not None
    assert [one async for one in frames_of(stream)] == []


async def test_streams_over_http_are_server_sent_events(
    api: httpx.AsyncClient, started: SessionStarted, actor: Actor
) -> None:
    await actor.append(step(started, 1, "A"), end(started, 2))
    path = f"/api/v1/workflow-sessions/{started.session_id}/stream"
    answer = await api.get(path)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "event: end" in answer.text
    last = [line.removeprefix("id: ") for line in answer.text.splitlines() if line.startswith("id: ")][-1]
    assert (await api.get(path, headers={"last-event-id": last})).status_code == 204
    refused = await api.get(path, headers={"last-event-id": "x"})
    assert (refused.status_code, refused.json()["errors"][0]["type"]) == (400, "last_event_id_invalid")
