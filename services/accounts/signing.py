"""The keys that sign tokens: made, kept encrypted, rotated, published.

The newest key signs. A key that was replaced is trusted until the last token it can have signed is over; everybody
learns a new key from the log, and whoever meets one unknown to them looks there before refusing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from libs.auth.tokens import EDDSA, Claims, SigningKeyPair, generate_signing_key, issue
from libs.contracts.credentials import PLATFORM_TENANT
from libs.objects.changes import Change, Changes
from libs.pg.database import Connection, Database
from libs.pg.locks import lock_in_transaction
from libs.vault.vault import Vault, WrongSecretKey
from services.accounts.kinds import SIGNING_KEYS
from services.accounts.store import signing_keys
from services.accounts.store.signing_keys import StoredSigningKey

_LOCK = "waymark.accounts.signing_keys"
NOTICE = timedelta(minutes=15)
"""For how long another process may go on signing with a replaced key: longer than it waits between two refreshes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningPolicy:
    """The issuer and audience of tokens, their algorithm, and the lifetimes of keys and tokens."""

    issuer: str
    audience: str
    algorithm: str = EDDSA
    key_lifetime: timedelta = timedelta(days=30)
    token_lifetime: timedelta = timedelta(minutes=15)


class Signing:
    """Issues tokens; `db` has the projector role. `refresh` before the first token, and now and then after."""

    def __init__(self, db: Database, vault: Vault, policy: SigningPolicy, changes: Changes) -> None:
        self.policy = policy
        self._db = db
        self._vault = vault
        self._changes = changes
        self._current: SigningKeyPair | None = None

    async def refresh(self) -> None:
        """Make the first key, replace one that has signed long enough, and encrypt all under the newest secret.

        Raises WrongSecretKey when the stored keys cannot be read.
        """
        async with self._db.transaction() as conn:
            await lock_in_transaction(conn, _LOCK)
            newest = await self._readable_newest(conn)
            if newest is None or newest.not_before + self.policy.key_lifetime <= self._changes.now():
                newest = await self._replace(conn)
        self._current = self._pair(newest)

    async def rotate(self) -> None:
        """Replace the signing key now."""
        async with self._db.transaction() as conn:
            await lock_in_transaction(conn, _LOCK)
            newest = await self._replace(conn)
        self._current = self._pair(newest)

    def issue(self, claims: Claims) -> str:
        """Sign a token."""
        assert self._current is not None, "refresh() comes first"
        return issue(self._current, claims, issuer=self.policy.issuer, audience=self.policy.audience)

    async def public_jwks(self) -> list[dict[str, Any]]:
        """Return the public keys that are trusted now."""
        async with self._db.transaction(readonly=True) as conn:
            return [key.public_jwk for key in await signing_keys.list_signing_keys(conn) if self._is_trusted(key)]

    def _is_trusted(self, key: StoredSigningKey) -> bool:
        return key.retired_at is None or key.retired_at > self._changes.now()

    async def _readable_newest(self, conn: Connection) -> StoredSigningKey | None:
        keys = [key for key in await signing_keys.list_signing_keys(conn) if key.retired_at is None]
        for key in keys:
            if (renewed := self._vault.renewed(key.private_encrypted)) is not None:
                await signing_keys.encrypt_signing_key(conn, key.key_id, renewed)
        return await self._newest(conn)

    async def _newest(self, conn: Connection) -> StoredSigningKey | None:
        keys = await signing_keys.list_signing_keys(conn)
        return next((key for key in keys if key.retired_at is None), None)

    async def _replace(self, conn: Connection) -> StoredSigningKey:
        now = self._changes.now()
        replaced = [key for key in await signing_keys.list_signing_keys(conn) if key.retired_at is None]
        made = self._make(now)
        await signing_keys.insert_signing_key(conn, made)
        change = self._changes.begin_by_itself(conn, PLATFORM_TENANT)
        event_id = await change.publish(SIGNING_KEYS, made, "created")
        await self._retire(change.because_of(event_id), replaced, at=now + NOTICE + self.policy.token_lifetime)
        return made

    async def _retire(self, change: Change, keys: Sequence[StoredSigningKey], *, at: datetime) -> None:
        for key in keys:
            retired = await signing_keys.retire_signing_key(change.conn, key.key_id, at=at)
            if retired is not None:
                await change.publish(SIGNING_KEYS, retired, "retired")

    def _make(self, now: datetime) -> StoredSigningKey:
        pair = generate_signing_key(str(self._changes.new_id()), self.policy.algorithm)
        der = pair.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return StoredSigningKey(
            key_id=pair.kid,
            algorithm=pair.algorithm,
            public_jwk=pair.public_jwk(),
            private_encrypted=self._vault.encrypt(der),
            version=1,
            not_before=now,
        )

    def _pair(self, key: StoredSigningKey) -> SigningKeyPair:
        private = load_der_private_key(self._vault.decrypt(key.private_encrypted), password=None)
        if not isinstance(private, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
            raise WrongSecretKey(f"signing key {key.key_id} is of a kind that signs no tokens")
        return SigningKeyPair(key.key_id, key.algorithm, private)
