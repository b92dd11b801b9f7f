"""Sessions as requests read them: a page of a list, one with its tasks, one to be followed from here on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.eventlog.port import Positions, TopicPartition
from libs.httpkit.errors import require_found
from libs.httpkit.paging import page_and_last
from libs.projections.generations import ReadModel, as_of_snapshot
from libs.service.reading import reading
from services.workflows.engine.session import SessionState
from services.workflows.sessions.counts import QUERIES, SessionFilter, total_of
from services.workflows.sessions.model import SessionKey
from services.workflows.sessions.open_sessions import positions_of
from services.workflows.sessions.store import load

NOUN: Final = "session"
_HIGHEST_ID: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class Place(NamedTuple):
    """A session's place in a list: when it began, and its id."""

    started_at: int
    session_id: str


class Listed(NamedTuple):
    """A page of sessions as JSON, the place of the last one when more follow, and how many there are in all."""

    shown: Sequence[bytes]
    last: Place | None
    total: int
    as_of: datetime


class Known(NamedTuple):
    """A session as the read model has it, and the partition of its records.

    `reached` is the offset after the last one that counted, `next_offset` where the log may have more of it.
    """

    state: SessionState
    at: TopicPartition
    reached: int
    next_offset: int


class SessionReads:
    """Reads the sessions of a tenant; `model` is the read model as the request role sees it."""

    def __init__(self, model: ReadModel) -> None:
        self.model = model

    async def page(self, tenant_id: str, wanted: SessionFilter, before: Place | None, limit: int) -> Listed:
        """Return up to `limit` sessions before a place, newest first."""
        place = before or Place(wanted.started.to_ms, _HIGHEST_ID)
        if place.started_at >= wanted.started.to_ms:
            place = Place(wanted.started.to_ms - 1, _HIGHEST_ID)
        async with reading(self.model, tenant_id, narrow_it="from and to") as conn:
            rows = await conn.fetch(QUERIES.page, tenant_id, *place, wanted.started.from_ms, *wanted.values, limit + 1)
            total = await total_of(conn, tenant_id, wanted)
            as_of = await as_of_snapshot(conn)
        found = [(Place(row["started_at"], row["session_id"]), bytes(row["summary"])) for row in rows]
        page, last = page_and_last(found, limit)
        return Listed([shown for _, shown in page], None if last is None else last[0], total, as_of)

    async def one(self, tenant_id: str, session_id: str) -> Known:
        """Return a session. Raises NotFound."""
        return require_found(await self.find(tenant_id, session_id), NOUN, session_id)

    async def find(self, tenant_id: str, session_id: str) -> Known | None:
        """Return a session, None when there is none."""
        key = SessionKey(tenant_id, session_id)
        async with reading(self.model, tenant_id) as conn:
            row = await conn.fetchrow(QUERIES.place, *key)
            if row is None:
                return None
            at = TopicPartition(WORKFLOW_SESSIONS.name, row["partition"])
            state = (await load(conn, [key]))[key]
            positions = await positions_of(conn, [at.partition])
        return Known(state, at, row["next_offset"], positions[at])

    async def wait_for(self, positions: Positions) -> None:
        """Return once everything before the positions is applied. Raises ModelBehind after 5 s."""
        await self.model.wait_for(positions)
