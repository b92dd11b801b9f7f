"""Sessions as a client starts, follows and reads them over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from tests.support.waiting import eventually
from tests.support.workflows.over_http import EVENTS_URL, SESSIONS_URL
from tests.support.workflows.stories import EVENT_TYPE

Session = dict[str, Any]


async def started(client: httpx.AsyncClient, name: str, body: Mapping[str, Any]) -> Session:
    """Start a session without waiting for its end."""
    answer = await client.post(f"/run/{name}", json=body, headers={"prefer": "respond-async"})
    assert answer.status_code == 202, answer.text
    session: Session = answer.json()
    assert answer.headers["location"] == f"{SESSIONS_URL}/{session['sessionId']}"
    return session


async def session_of(client: httpx.AsyncClient, session_id: str) -> Session:
    """Return a session as the read model has it."""
    answer = await client.get(f"{SESSIONS_URL}/{session_id}")
    assert answer.status_code == 200, answer.text
    found: Session = answer.json()
    return found


def statuses(session: Session) -> dict[str, str]:
    """Return the tasks' statuses."""
    return {task["task"]: task["status"] for task in session["tasks"]}


def task_of(session: Session, name: str) -> dict[str, Any]:
    """Return a task of a session."""
    found: dict[str, Any] = next(task for task in session["tasks"] if task["task"] == name)
    return found


async def reached(client: httpx.AsyncClient, session_id: str, task: str, status: str) -> Session:
    """Wait until a task has a status; return the session then."""

    async def look() -> Session:
        session = await session_of(client, session_id)
        assert statuses(session).get(task) == status, (session_id, session["status"], statuses(session))
        return session

    return await eventually(look, timeout_s=60.0)


async def ended(client: httpx.AsyncClient, session_id: str) -> Session:
    """Wait until a session has ended; return it."""

    async def look() -> Session:
        session = await session_of(client, session_id)
        assert session["endedAt"] is not None, (session_id, session["status"], statuses(session))
        return session

    return await eventually(look, timeout_s=60.0)


async def tell(client: httpx.AsyncClient, session: Session) -> None:
    """Post the event that a story waits for."""
    body = {
        "eventType": EVENT_TYPE,
        "resourceType": "ORDER",
        "resourceId": session["sessionId"],
        "correlationId": session["uowId"],
        "payload": {"told": True},
    }
    answer = await client.post(EVENTS_URL, json=body)
    assert answer.status_code in (200, 201, 202), answer.text
