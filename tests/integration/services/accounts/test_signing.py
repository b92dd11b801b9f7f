"""Signing keys: encrypted at rest, rotated, re-encrypted, published."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from libs.auth.tokens import Claims, TokenVerifier, verification_key
from libs.contracts.credentials import SigningKey, decode_credential
from libs.contracts.topics import CREDENTIALS
from libs.objects.changes import Changes
from libs.pg.database import Database
from libs.vault.vault import Vault, WrongSecretKey
from services.accounts.signing import NOTICE, Signing, SigningPolicy
from tests.support.accounts import SECRET_KEY

POLICY = SigningPolicy(issuer="waymark", audience="waymark")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def signing(db: Database, clock: Clock, secret_key: str = SECRET_KEY) -> Signing:
    return Signing(db, Vault(secret_key), POLICY, Changes(clock))


async def trusts(subject: Signing, token: str, clock: Clock) -> bool:
    keys = {key["kid"]: verification_key(key["kid"], key["alg"], key) for key in await subject.public_jwks()}
    verifier = TokenVerifier(issuer="waymark", audience="waymark", find_key=keys.get, clock=clock)
    try:
        verifier.verify(token)
    except Exception:  # noqa: BLE001
        return False
    return True


def token_of(subject: Signing, clock: Clock) -> str:
    return subject.issue(
        Claims("acme", "u1", "a@b.example", frozenset({"viewer"}), clock.now, clock.now + POLICY.token_lifetime)
    )


async def test_the_private_half_is_not_readable_in_the_database(projector_db: Database, clock: Clock) -> None:
    await signing(projector_db, clock).refresh()

    async with projector_db.transaction() as conn:
        row = await conn.fetchrow("SELECT key_id, public_jwk, private_encrypted FROM signing_keys")
    assert row is not None
    assert "d" not in row["public_jwk"]
    assert row["private_encrypted"].startswith(b"gAAAA")
    with pytest.raises(WrongSecretKey):
        await signing(projector_db, clock, "quite another secret").refresh()


async def test_starters_share_one_key(projector_db: Database, clock: Clock) -> None:
    first, second = signing(projector_db, clock), signing(projector_db, clock)
    await first.refresh()
    await second.refresh()

    assert len(await first.public_jwks()) == 1
    assert await trusts(second, token_of(first, clock), clock)


async def test_a_replaced_key_is_trusted_until_its_last_token_is_over(projector_db: Database, clock: Clock) -> None:
    subject = signing(projector_db, clock)
    await subject.refresh()
    clock.now += POLICY.key_lifetime - timedelta(seconds=1)
    await subject.refresh()
    assert len(await subject.public_jwks()) == 1
    clock.now += timedelta(seconds=1)
    old = token_of(subject, clock)

    await subject.refresh()

    assert len(await subject.public_jwks()) == 2
    assert await trusts(subject, old, clock)
    clock.now += NOTICE + POLICY.token_lifetime - timedelta(seconds=1)
    assert len(await subject.public_jwks()) == 2
    clock.now += timedelta(seconds=1)
    assert len(await subject.public_jwks()) == 1
    assert not await trusts(subject, old, clock)
    assert await trusts(subject, token_of(subject, clock), clock)


async def test_every_change_is_published(projector_db: Database, clock: Clock) -> None:
    subject = signing(projector_db, clock)
    await subject.refresh()
    await subject.rotate()

    async with projector_db.transaction() as conn:
        rows = await conn.fetch("SELECT value FROM outbox WHERE topic = $1 ORDER BY id", CREDENTIALS.name)
    records = [decode_credential(row["value"]) for row in rows]
    assert all(isinstance(record, SigningKey) and "d" not in record.public_jwk for record in records)
    assert [record.version for record in records] == [1, 1, 2]
    assert records[0].id == records[2].id != records[1].id


async def test_the_secret_can_be_changed(projector_db: Database, clock: Clock) -> None:
    await signing(projector_db, clock, "the former secret").refresh()

    await signing(projector_db, clock, "the present secret,the former secret").refresh()

    await signing(projector_db, clock, "the present secret").refresh()
    with pytest.raises(WrongSecretKey):
        await signing(projector_db, clock, "the former secret").refresh()
