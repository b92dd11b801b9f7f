"""Starts are refused while there is no room for them: at the executors, and for the tenant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from libs.contracts.paths import WORKFLOWS
from libs.httpkit.errors import ApiError
from libs.pg.database import Database
from libs.projections.generations import ReadModel
from services.workflows.running import admission
from services.workflows.running.admission import Admission
from services.workflows.sessions.counts import SessionCounts
from services.workflows.sessions.model import SESSIONS_MODEL
from tests.support.waiting import eventually
from tests.support.workflows.defining import NAME, defined

RUN = f"/run/{NAME}"
ASYNC = {"prefer": "respond-async"}


@pytest.fixture
def room(request_db: Database) -> Admission:
    """The room as it is found at the first look."""
    return Admission(request_db, SessionCounts(ReadModel(request_db, WORKFLOWS, SESSIONS_MODEL)))


async def tell(db: Database, member: str, waiting: int, *, oldest_s: float | None = None, told_s: float = 0.0) -> None:
    """What an executor tells of itself."""
    now = datetime.now(UTC)
    oldest_at = None if oldest_s is None else now - timedelta(seconds=oldest_s)
    told_at = now - timedelta(seconds=told_s)
    async with db.transaction() as conn:
        await conn.execute(
            "INSERT INTO workflows.executors VALUES ($1, $2, $3, $4)", member, waiting, oldest_at, told_at
        )


async def refusal_of(room: Admission) -> str | None:
    try:
        await room.check("acme")
    except ApiError as refused:
        return refused.code
    return None


async def test_there_is_room_without_executors_and_beside_one_that_is_gone(
    room: Admission, projector_db: Database
) -> None:
    assert await refusal_of(room) is None
    await tell(projector_db, "gone", 60_000, oldest_s=100, told_s=60)
    assert await refusal_of(room) is None


@pytest.mark.parametrize(("waiting", "oldest_s", "is_refused"), [
    (25_000, 1, True), (24_999, 1, False), (1, 11, True), (1, 5, False),
])  # fmt: skip
async def test_executors_that_are_behind_are_given_no_more(
    room: Admission, projector_db: Database, waiting: int, oldest_s: float, is_refused: bool
) -> None:
    await tell(projector_db, "one", 25_000, oldest_s=0)
    await tell(projector_db, "two", waiting, oldest_s=oldest_s)
    assert await refusal_of(room) == ("unavailable" if is_refused else None)


async def test_a_tenant_has_so_many_open_sessions_and_another_its_own(
    api: httpx.AsyncClient, room: Admission, request_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "MOST_OF_TENANT", 2)
    monkeypatch.setattr(admission, "_FRESH_S", 0.0)
    await defined(request_db)
    begun = [await api.post(RUN, headers=ASYNC) for _ in range(2)]
    assert [one.status_code for one in begun] == [202, 202]

    async def is_full() -> bool:
        return (await api.post(RUN, headers=ASYNC)).status_code == 503

    await eventually(is_full)
    refused = await api.post(RUN, headers=ASYNC)
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("unavailable", "5")
    await room.check("other")
