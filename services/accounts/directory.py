"""Users and API keys as requests use them: each write is one transaction, then a bounded wait for its records.

Requests run as the request role, which sees the caller's tenant alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from libs.auth.passwords import Passwords
from libs.auth.principal import Principal
from libs.contracts.events import Cause
from libs.eventlog.port import Positions
from libs.httpkit.errors import not_found
from libs.httpkit.paging import Page
from libs.objects.idempotency import IdempotencyStore, Once, Receipt
from libs.objects.outbox import Relay
from libs.pg.database import Connection, Database
from services.accounts.changes import Changes, OutboxIds, UserChange
from services.accounts.errors import WrongPassword
from services.accounts.model import KeyDraft, StoredKey, User
from services.accounts.store import api_keys, users
from services.accounts.store.users import NewUser


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made; `plain` is None in a repeat, for nobody has it any more."""

    key: StoredKey
    plain: str | None
    positions: Positions | None


@dataclass(frozen=True, slots=True)
class WrittenUser:
    """A user after a write; `positions` is None when the log was slower than the request would wait."""

    user: User
    positions: Positions | None


class Directory:
    """Reads and writes of one tenant's users and keys."""

    def __init__(
        self, db: Database, relay: Relay, *, changes: Changes, receipts: IdempotencyStore, passwords: Passwords
    ) -> None:
        self._db = db
        self._relay = relay
        self._changes = changes
        self._receipts = receipts
        self._passwords = passwords

    async def create_key(self, tenant_id: str, draft: KeyDraft, cause: Cause, once: Once) -> NewKey:
        """A new key; an earlier request's key, without its text, when this one repeats it."""
        plain: str | None = None
        async with self._db.tenant_transaction(tenant_id) as conn:

            async def create() -> Receipt:
                nonlocal plain
                made, plain, outbox_ids = await self._changes.create_key(conn, tenant_id, draft, cause)
                return _receipt(made.key_id, outbox_ids)

            receipt, _ = await self._receipts.once(conn, tenant_id, once, create)
            key = await api_keys.get_key(conn, tenant_id, _made_id(receipt))
            assert key is not None
        return NewKey(key, plain, await self._positions(_outbox_ids(receipt)))

    async def list_keys(self, tenant_id: str, page: Page) -> tuple[Sequence[StoredKey], int]:
        """A page of the keys, newest first, and how many there are."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            found = await api_keys.list_keys(conn, tenant_id, limit=page.limit, offset=page.offset)
            return found, await api_keys.count_keys(conn, tenant_id)

    async def revoke_key(self, tenant_id: str, key_id: uuid.UUID, cause: Cause) -> Positions | None:
        """End a key; one that is over stays so. Raises NotFound."""
        async with self._db.tenant_transaction(tenant_id) as conn:
            _, outbox_ids = await self._changes.revoke_key(conn, tenant_id, key_id, cause)
        return await self._positions(outbox_ids)

    async def register(self, tenant_id: str, new: NewUser, cause: Cause, once: Once) -> WrittenUser:
        """A new user, or the one that this request's first attempt made; raises EmailTaken."""
        async with self._db.tenant_transaction(tenant_id) as conn:

            async def create() -> Receipt:
                made, outbox_ids = await self._changes.create_user(conn, tenant_id, new, cause)
                return _receipt(made.user_id, outbox_ids)

            receipt, _ = await self._receipts.once(conn, tenant_id, once, create)
            user = await users.get_user(conn, tenant_id, _made_id(receipt))
            assert user is not None
        return WrittenUser(user, await self._positions(_outbox_ids(receipt)))

    async def list_users(self, tenant_id: str, page: Page) -> tuple[Sequence[User], int]:
        """A page of the users, by e-mail, and how many there are."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            found = await users.list_users(conn, tenant_id, limit=page.limit, offset=page.offset)
            return found, await users.count_users(conn, tenant_id)

    async def get_user(self, tenant_id: str, user_id: uuid.UUID) -> User:
        """One user; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await _existing_user(conn, tenant_id, user_id)

    async def change_user(self, tenant_id: str, user_id: uuid.UUID, change: UserChange, cause: Cause) -> WrittenUser:
        """The user, changed; raises NotFound, LastAdmin."""
        async with self._db.tenant_transaction(tenant_id) as conn:
            user, outbox_ids = await self._changes.change_user(conn, tenant_id, user_id, change, cause)
        return WrittenUser(user, await self._positions(outbox_ids))

    async def change_password(self, caller: Principal, current: str, new: str, cause: Cause) -> Positions | None:
        """Another password for the caller, whose sessions all end; raises WrongPassword, NotFound for an API key."""
        user_id = uuid.UUID(caller.subject)
        async with self._db.tenant_transaction(caller.tenant_id, readonly=True) as conn:
            user = await _existing_user(conn, caller.tenant_id, user_id)
            old_hash = await users.get_password_hash(conn, caller.tenant_id, user_id)
        if old_hash is None or not await self._passwords.verify(current, old_hash):
            raise WrongPassword
        new_hash = await self._passwords.hash(new)
        async with self._db.tenant_transaction(caller.tenant_id) as conn:
            outbox_ids = await self._changes.set_password(conn, user, old_hash=old_hash, new_hash=new_hash, cause=cause)
        if outbox_ids is None:
            raise WrongPassword
        return await self._positions(outbox_ids)

    async def _positions(self, outbox_ids: OutboxIds) -> Positions | None:
        return await self._relay.wait(outbox_ids) if outbox_ids else None


async def _existing_user(conn: Connection, tenant_id: str, user_id: uuid.UUID) -> User:
    user = await users.get_user(conn, tenant_id, user_id)
    if user is None:
        raise not_found("user", str(user_id))
    return user


def _receipt(made_id: uuid.UUID, outbox_ids: OutboxIds) -> Receipt:
    return Receipt(201, {"id": str(made_id), "outboxIds": list(outbox_ids)})


def _made_id(receipt: Receipt) -> uuid.UUID:
    return uuid.UUID(receipt.response["id"])


def _outbox_ids(receipt: Receipt) -> OutboxIds:
    return tuple(receipt.response["outboxIds"])
