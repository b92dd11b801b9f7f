"""What is told about objects: versions, hashes, revocations, and no secret."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from libs.contracts.credentials import decode_credential
from libs.contracts.envelope import decode_headers
from libs.contracts.events import Actor, Cause
from services.accounts.kinds import API_KEYS, key_json, session_revocation, user_revocation
from services.accounts.model import StoredKey, User
from services.accounts.store.sessions import Session

AT = datetime(2026, 1, 15, 10, 30, 0, 123_900, tzinfo=UTC)
MS = 1_768_473_000_123
LIFETIME = timedelta(minutes=15)
KEY = StoredKey(
    tenant_id="acme",
    key_id=uuid.UUID(int=1),
    prefix="abcdefgh",
    hash="0" * 64,
    label="ci",
    roles=("viewer",),
    rate_limit_per_minute=None,
    created_by="waymark",
    version=3,
    created_at=AT,
    expires_at=None,
    last_used_at=None,
    revoked_at=AT,
)


def test_a_keys_record_carries_the_hash_and_its_json_does_not() -> None:
    (record,) = API_KEYS.latest_records(KEY, timestamp_ms=MS)

    assert record.value is not None
    found = decode_credential(record.value)
    assert (found.version, found.tenant_id, record.key) == (3, "acme", f"api_key:acme:{KEY.key_id}")
    assert KEY.hash not in str(key_json(KEY))
    assert key_json(KEY)["revokedAt"] == "2026-01-15T10:30:00.123Z"


def test_a_session_that_ended_refuses_every_token_it_gave() -> None:
    session = Session("acme", uuid.UUID(int=1), uuid.UUID(int=2), AT, AT + LIFETIME)

    assert session_revocation(session, LIFETIME) is None
    revocation = session_revocation(replace(session, ended_at=AT), LIFETIME)
    assert revocation is not None
    # A token issued within the same millisecond is refused as well.
    assert revocation.before_ms == MS + 1
    assert revocation.expires_at_ms == revocation.before_ms + 900_000


def test_a_user_without_refused_tokens_has_no_revocation() -> None:
    user = User(
        tenant_id="acme",
        user_id=uuid.UUID(int=1),
        email="a@b",
        name=None,
        roles=("viewer",),
        status="active",
        tokens_valid_from=None,
        version=1,
        created_at=AT,
        modified_at=AT,
    )

    assert user_revocation(user, LIFETIME) is None
    revocation = user_revocation(replace(user, tokens_valid_from=AT), LIFETIME)
    assert revocation is not None
    assert (revocation.scope, revocation.version) == ("user", MS)


def test_an_event_says_who_and_why() -> None:
    cause = Cause(actor=Actor("u1", "user"), correlation_id="c1", causation_id="e0")

    record = API_KEYS.event(KEY, "revoked", cause, event_id="e1", timestamp_ms=MS)

    envelope = decode_headers(record.headers)
    assert (envelope.type, envelope.source) == ("api_key.revoked", "waymark/acme/accounts")
    assert (envelope.actor_id, envelope.actor_type) == ("u1", "user")
    assert (envelope.correlation_id, envelope.causation_id) == ("c1", "e0")
    assert record.key == "acme:c1"
