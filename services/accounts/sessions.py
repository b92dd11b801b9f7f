"""Logins: checked, carried on by rotating refresh tokens, ended.

A refresh token is good for one exchange. One that comes back was stolen or lost on the way, nobody can tell which, so
its whole session ends. A wrong password and an unknown user are told apart neither by words nor by time; nor does the
time tell in how many tenants a user is.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from libs.auth.passwords import Passwords
from libs.auth.tokens import Claims
from libs.contracts.events import Actor, Cause
from libs.contracts.times import from_ms, to_ms
from libs.objects.changes import Change, Changes
from libs.objects.kinds import ObjectKind
from libs.pg.database import Connection, Database
from services.accounts.errors import NoSession, WrongLogin, several_tenants
from services.accounts.guesses import Guesses
from services.accounts.model import ACTIVE, User
from services.accounts.signing import Signing
from services.accounts.store import sessions as store
from services.accounts.store import tenants, users
from services.accounts.store.sessions import Session
from services.accounts.store.users import Login

MOST_CANDIDATES = 4
"""The number of an e-mail's users that a login without a tenant tries: each costs a hash, also where there is none."""
_REFRESH_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The tokens of a login: the access token until `expires_at`, the refresh token for the whole session."""

    user: User
    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(repr=False)
    session_expires_at: datetime


class Sessions:
    """Begins, carries on and ends sessions; `db` has the projector role."""

    def __init__(
        self,
        db: Database,
        *,
        signing: Signing,
        passwords: Passwords,
        guesses: Guesses,
        changes: Changes,
        kind: ObjectKind[Session],
        lifetime: timedelta,
    ) -> None:
        self._db = db
        self._signing = signing
        self._passwords = passwords
        self._guesses = guesses
        self._changes = changes
        self._kind = kind
        self._lifetime = lifetime

    async def login(
        self, email: str, password: str, *, tenant_id: str | None, address: str, correlation_id: str
    ) -> LoggedIn:
        """Begin a session of the e-mail's user in the tenant, or in whichever the password is right in.

        Raises WrongLogin, SeveralTenants, TooManyLogins.
        """
        candidates = await self._candidates(email, tenant_id)
        hashes = [None if candidate is None else candidate.password_hash for candidate in candidates]
        are_right = await self._guesses.verify(password, hashes, email=email, address=address, at=self._changes.now())
        proven = [login for login, is_right in zip(candidates, are_right, strict=True) if login and is_right]
        if not proven:
            raise WrongLogin
        if len(proven) > 1:
            raise several_tenants(sorted(login.user.tenant_id for login in proven))
        logged_in = await self._begin(proven[0].user, correlation_id)
        if self._passwords.needs_rehash(proven[0].password_hash):
            await self._hash_again(proven[0], password)
        return logged_in

    async def refresh(self, refresh_token: str, *, correlation_id: str) -> LoggedIn:
        """Carry the session on with another refresh token; raises NoSession."""
        logged_in = await self._exchange(hash_token(refresh_token), correlation_id)
        if logged_in is None:
            raise NoSession
        return logged_in

    async def end_by_token(self, refresh_token: str, *, correlation_id: str) -> None:
        """End the session that a refresh token belongs to, if there is one."""
        async with self._db.transaction() as conn:
            found = await store.lock_session_of_token(conn, hash_token(refresh_token))
            if found is not None:
                await self._end(self._change(conn, found[0], correlation_id), found[0].session_id, "logged out")

    async def end(self, tenant_id: str, session_id: uuid.UUID, user_id: uuid.UUID, *, correlation_id: str) -> None:
        """End a session by its id; one that is over stays so."""
        async with self._db.transaction() as conn:
            change = self._changes.begin(conn, tenant_id, _by_user(user_id, correlation_id))
            await self._end(change, session_id, "logged out")

    async def purge(self) -> None:
        """Remove the sessions that expired a day ago."""
        async with self._db.transaction() as conn:
            await store.purge_sessions(conn, before=self._changes.now() - timedelta(days=1))

    async def _candidates(self, email: str, tenant_id: str | None) -> Sequence[Login | None]:
        """Return who may be meant, filled up with None to a length that tells nothing of the e-mail."""
        async with self._db.transaction(readonly=True) as conn:
            length = 1 if tenant_id is not None else await tenants.count_active_tenants(conn, limit=MOST_CANDIDATES)
            length = max(length, 1)
            found = await users.find_logins(conn, email, tenant_id, limit=length)
        return [*found, *[None] * (length - len(found))]

    async def _begin(self, login: User, correlation_id: str) -> LoggedIn:
        async with self._db.transaction() as conn:
            user = await users.share_user(conn, login.tenant_id, login.user_id)
            if user is None or user.status != ACTIVE:
                raise WrongLogin
            now = self._changes.now()
            session_id = self._changes.new_id()
            session = Session(user.tenant_id, session_id, user.user_id, now, now + self._lifetime)
            await store.insert_session(conn, session)
            await self._change(conn, session, correlation_id).publish(self._kind, session, "started")
            return await self._issue(conn, user, session)

    async def _exchange(self, token_hash: str, correlation_id: str) -> LoggedIn | None:
        async with self._db.transaction() as conn:
            found = await store.lock_session_of_token(conn, token_hash)
            if found is None:
                return None
            session, used_at = found
            if used_at is not None:
                change = self._change(conn, session, correlation_id)
                await self._end(change, session.session_id, "refresh token used twice")
                return None
            user = await users.share_user(conn, session.tenant_id, session.user_id)
            now = self._changes.now()
            if user is None or user.status != ACTIVE or not session.is_going(now):
                return None
            await store.use_refresh_token(conn, session.tenant_id, token_hash, at=now)
            await self._change(conn, session, correlation_id).publish(self._kind, session, "refreshed")
            return await self._issue(conn, user, session)

    async def _issue(self, conn: Connection, user: User, session: Session) -> LoggedIn:
        now = from_ms(to_ms(self._changes.now()))
        refresh_token = secrets.token_urlsafe(_REFRESH_TOKEN_BYTES)
        await store.insert_refresh_token(conn, session, hash_token(refresh_token), at=now)
        claims = Claims(
            tenant_id=user.tenant_id,
            subject=str(user.user_id),
            email=user.email,
            roles=frozenset(user.roles),
            issued_at=now,
            expires_at=now + self._signing.policy.token_lifetime,
            session_id=str(session.session_id),
        )
        return LoggedIn(user, self._signing.issue(claims), claims.expires_at, refresh_token, session.expires_at)

    async def _end(self, change: Change, session_id: uuid.UUID, reason: str) -> None:
        """End a session by its id; one that is over stays so."""
        ended = await store.end_session(change.conn, change.tenant_id, session_id, at=change.now(), reason=reason)
        if ended is not None:
            await change.publish(self._kind, ended, "ended")

    def _change(self, conn: Connection, session: Session, correlation_id: str) -> Change:
        return self._changes.begin(conn, session.tenant_id, _by_user(session.user_id, correlation_id))

    async def _hash_again(self, login: Login, password: str) -> None:
        new_hash = await self._passwords.hash(password)
        async with self._db.transaction() as conn:
            await users.set_password_hash(
                conn, login.user, old=login.password_hash, new=new_hash, at=self._changes.now()
            )


def _by_user(user_id: uuid.UUID, correlation_id: str) -> Cause:
    return Cause(actor=Actor(id=str(user_id), type="user"), correlation_id=correlation_id)


def hash_token(refresh_token: str) -> str:
    """Return the hash that is stored of a refresh token; its entropy makes a slow one needless."""
    return hashlib.sha256(refresh_token.encode()).hexdigest()
