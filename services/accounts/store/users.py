"""Reads and writes of users; each is one statement of `users.sql`. Password hashes leave here for checks only."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from libs.contracts.credentials import Revocation
from libs.contracts.times import from_ms
from libs.objects.kinds import OnLog
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.accounts.model import User, fold_email

QUERIES = SqlFile.load(Path(__file__).with_name("users.sql"))


@dataclass(frozen=True, slots=True)
class Login:
    """The columns that a login is checked against."""

    user: User
    password_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A user to be; the e-mail is checked already."""

    email: str
    name: str | None
    password_hash: str
    roles: tuple[str, ...]


async def insert_user(
    conn: Connection, tenant_id: str, user_id: uuid.UUID, new: NewUser, *, at: datetime
) -> User | None:
    """Insert a user and return it; None when the tenant has a user with the e-mail."""
    values = (new.email, fold_email(new.email), new.name, new.password_hash, list(new.roles), at)
    row = await conn.fetchrow(QUERIES.insert_user, tenant_id, user_id, *values)
    return None if row is None else _user(row)


async def get_user(conn: Connection, tenant_id: str, user_id: uuid.UUID) -> User | None:
    """Return the user."""
    row = await conn.fetchrow(QUERIES.get_user, tenant_id, user_id)
    return None if row is None else _user(row)


async def share_user(conn: Connection, tenant_id: str, user_id: uuid.UUID) -> User | None:
    """Hold the user as it is until the transaction ends, and return it."""
    row = await conn.fetchrow(QUERIES.share_user, tenant_id, user_id)
    return None if row is None else _user(row)


async def find_logins(conn: Connection, email: str, tenant_id: str | None, *, limit: int) -> Sequence[Login]:
    """Return who may log in with an e-mail, oldest first, in any tenant or in one (projector role)."""
    return [_login(row) for row in await conn.fetch(QUERIES.find_logins, fold_email(email), tenant_id, limit)]


async def get_password_hash(conn: Connection, tenant_id: str, user_id: uuid.UUID) -> str | None:
    """Return the hash of one user's password."""
    password_hash: str | None = await conn.fetchval(QUERIES.get_password_hash, tenant_id, user_id)
    return password_hash


async def set_password_hash(
    conn: Connection, user: User, *, old: str, new: str, at: datetime, tokens_valid_from: datetime | None = None
) -> User | None:
    """Replace the password's hash and return the user; None when the hash is no longer `old`."""
    row = await conn.fetchrow(QUERIES.set_password_hash, user.tenant_id, user.user_id, old, new, at, tokens_valid_from)
    return None if row is None else _user(row)


async def lock_users(conn: Connection, tenant_id: str) -> Sequence[User]:
    """Hold all users of the tenant against other writers until the transaction ends, and return them."""
    return [_user(row) for row in await conn.fetch(QUERIES.lock_users, tenant_id)]


async def update_user(conn: Connection, user: User, *, at: datetime) -> User:
    """Store name, roles, status and start of tokens of `user`, one version on, and return it."""
    values = (user.name, list(user.roles), user.status, user.tokens_valid_from, at)
    row = await conn.fetchrow(QUERIES.update_user, user.tenant_id, user.user_id, *values)
    assert row is not None
    return _user(row)


async def list_users(conn: Connection, tenant_id: str, *, limit: int, offset: int) -> Sequence[User]:
    """Return a page of the tenant's users, by e-mail."""
    return [_user(row) for row in await conn.fetch(QUERIES.list_users, tenant_id, limit, offset)]


async def count_users(conn: Connection, tenant_id: str) -> int:
    """Return how many users the tenant has."""
    count: int = await conn.fetchval(QUERIES.count_users, tenant_id)
    return count


async def lock_user(conn: Connection, user: User) -> User | None:
    """Hold the user against other writers until the transaction ends, and return it as it is now."""
    row = await conn.fetchrow(QUERIES.lock_user, user.tenant_id, user.user_id)
    return None if row is None else _user(row)


async def every_user_with_refused_tokens(conn: Connection, *, since: timedelta) -> AsyncIterator[User]:
    """Yield the users whose tokens are refused up to a time at most `since` ago (projector role), by a cursor."""
    async for row in conn.cursor(QUERIES.every_user_with_refused_tokens, since, prefetch=500):
        yield _user(row)


async def take_up_refused_tokens(conn: Connection, found: Sequence[OnLog[Revocation]]) -> int:
    """Refuse the tokens of users that records refuse, where the user is there; return how many users those are."""
    rows = [(one.record.tenant_id, uuid.UUID(one.record.subject), from_ms(one.record.before_ms)) for one in found]
    return len(await conn.fetch(QUERIES.take_up_refused_tokens, *as_columns(rows)))


async def first_admin_email(conn: Connection, tenant_id: str) -> str | None:
    """Return the e-mail of the tenant's longest-standing active admin."""
    email: str | None = await conn.fetchval(QUERIES.first_admin_email, tenant_id)
    return email


def _login(row: Row) -> Login:
    values = dict(row)
    password_hash: str = values.pop("password_hash")
    return Login(_user(values), password_hash)


def _user(row: Row | dict[str, Any]) -> User:
    values = dict(row)
    return User(**{**values, "roles": tuple(values["roles"])})
