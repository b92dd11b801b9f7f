"""Reads and writes of sessions and refresh tokens; each method is one statement of `sessions.sql` (projector role).

A refresh token is kept as a hash and, once exchanged, only to recognise its being used again.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from libs.contracts.credentials import Revocation
from libs.contracts.times import from_ms
from libs.objects.kinds import OnLog
from libs.pg.columns import as_columns
from libs.pg.database import Connection
from libs.pg.sql_files import SqlFile
from services.accounts.model import TICK

ENDED_ON_LOG = "ended, says the log"
"""The reason of an end that the database had lost."""
QUERIES = SqlFile.load(Path(__file__).with_name("sessions.sql"))


@dataclass(frozen=True, slots=True)
class Session:
    """A login that goes on until it expires or is ended."""

    tenant_id: str
    session_id: uuid.UUID
    user_id: uuid.UUID
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    end_reason: str | None = None

    def is_going(self, at: datetime) -> bool:
        """Return whether the session may be used at that moment."""
        return self.ended_at is None and self.expires_at > at


async def insert_session(conn: Connection, session: Session) -> None:
    """Keep a new session."""
    values = (session.tenant_id, session.session_id, session.user_id, session.created_at, session.expires_at)
    await conn.execute(QUERIES.insert_session, *values)


async def insert_refresh_token(conn: Connection, session: Session, token_hash: str, *, at: datetime) -> None:
    """Keep the hash of a session's next token."""
    await conn.execute(QUERIES.insert_refresh_token, session.tenant_id, token_hash, session.session_id, at)


async def lock_session_of_token(conn: Connection, token_hash: str) -> tuple[Session, datetime | None] | None:
    """Hold the token's session until the transaction ends; return it, and when the token was used before."""
    row = await conn.fetchrow(QUERIES.lock_session_of_token, token_hash)
    if row is None:
        return None
    *session, used_at = row.values()
    return Session(*session), used_at


async def use_refresh_token(conn: Connection, tenant_id: str, token_hash: str, *, at: datetime) -> None:
    """Note that the token was exchanged."""
    await conn.execute(QUERIES.use_refresh_token, tenant_id, token_hash, at)


async def end_session(
    conn: Connection, tenant_id: str, session_id: uuid.UUID, *, at: datetime, reason: str
) -> Session | None:
    """End the session and return it; None when it was over already."""
    row = await conn.fetchrow(QUERIES.end_session, tenant_id, session_id, at, reason)
    return None if row is None else Session(*row.values())


async def end_sessions_of_user(
    conn: Connection, tenant_id: str, user_id: uuid.UUID, *, at: datetime, reason: str
) -> Sequence[Session]:
    """End the sessions of the user that are still going, and return them, by their ids."""
    rows = await conn.fetch(QUERIES.end_sessions_of_user, tenant_id, user_id, at, reason)
    return sorted((Session(*row.values()) for row in rows), key=lambda session: session.session_id)


async def is_session_going(conn: Connection, tenant_id: str, session_id: uuid.UUID, *, at: datetime) -> bool:
    """Return whether the session may be used at that moment; False when there is none."""
    return bool(await conn.fetchval(QUERIES.is_session_going, tenant_id, session_id, at))


async def purge_sessions(conn: Connection, *, before: datetime) -> None:
    """Remove what expired before a moment."""
    await conn.execute(QUERIES.purge_sessions, before)


async def take_up_ended_sessions(conn: Connection, found: Sequence[OnLog[Revocation]]) -> int:
    """End the sessions that records refuse, where the session is there and going; return how many."""
    rows = [
        (one.record.tenant_id, uuid.UUID(one.record.subject), from_ms(one.record.before_ms) - TICK) for one in found
    ]
    return len(await conn.fetch(QUERIES.take_up_ended_sessions, *as_columns(rows), ENDED_ON_LOG))


async def every_ended_session(conn: Connection, *, since: timedelta) -> AsyncIterator[Session]:
    """Yield the sessions of all tenants that ended at most `since` ago, by a cursor in the caller's transaction."""
    async for row in conn.cursor(QUERIES.every_ended_session, since, prefetch=500):
        yield Session(*row.values())
