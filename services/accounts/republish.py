"""Publishes again the credentials that the topic does not have in their latest version.

That is so when the log was replaced or lost its records under a database that still has the objects. Each object is
locked and read once more before its record is added, so an older state never follows a newer one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from libs.contracts import credentials
from libs.contracts.credentials import CredentialRecord, decode_credential, record_key
from libs.contracts.times import to_ms
from libs.contracts.topics import CREDENTIALS
from libs.eventlog.port import EventLog, StoredRecord
from libs.objects import outbox
from libs.objects.republish import outdated_objects
from libs.pg.database import Connection, Database
from services.accounts.publisher import utc_now
from services.accounts.records import (
    SERVICE,
    credential_record,
    key_credential,
    session_revocation,
    signing_key_credential,
    tenant_credential,
    user_revocation,
)
from services.accounts.store import api_keys, sessions, signing_keys, tenants, users
from services.accounts.store.pending import pending_records

_BATCH = 200


async def republish(
    log: EventLog, db: Database, *, token_lifetime: timedelta, clock: Callable[[], datetime] = utc_now
) -> int:
    """Put what the topic lacks into the outbox (projector role); how many records. Raises LogUnavailable.

    `token_lifetime`: revocations longer ago than that concern nobody.
    """
    async with db.transaction(isolation="repeatable_read", readonly=True) as conn:
        waiting = await pending_records(conn, CREDENTIALS.name)
        known = await _known(conn, token_lifetime, clock())
    versions = {key: record.version for key, record in known.items() if key not in waiting}
    missing = sorted(await outdated_objects(log, CREDENTIALS, versions, _version_of))
    for start in range(0, len(missing), _BATCH):
        async with db.transaction() as conn:
            for key in missing[start : start + _BATCH]:
                record = await _present(conn, known[key], token_lifetime)
                await _add(conn, record, to_ms(clock()))
    return len(missing)


async def _add(conn: Connection, record: CredentialRecord, timestamp_ms: int) -> None:
    stored = credential_record(record, timestamp_ms=timestamp_ms)
    await outbox.add(conn, SERVICE, [stored], object_key=record_key(record))


async def _known(conn: Connection, token_lifetime: timedelta, now: datetime) -> Mapping[str, CredentialRecord]:
    since = now - token_lifetime
    records: list[CredentialRecord] = [tenant_credential(tenant) for tenant in await tenants.every_tenant(conn)]
    records += [key_credential(key) for key in await api_keys.every_key(conn)]
    records += [signing_key_credential(key) for key in await signing_keys.every_signing_key(conn)]
    for user in await users.users_with_refused_tokens(conn, after=since):
        records += filter(None, [user_revocation(user, token_lifetime)])
    for session in await sessions.ended_sessions(conn, after=since):
        records += filter(None, [session_revocation(session, token_lifetime)])
    return {record_key(record): record for record in records}


async def _present(conn: Connection, known: CredentialRecord, token_lifetime: timedelta) -> CredentialRecord:
    """The object's record as of now, its row locked. Objects are never deleted, and an ended session stays ended."""
    if isinstance(known, credentials.Tenant):
        tenant = await tenants.lock_tenant(conn, known.tenant_id)
        return known if tenant is None else tenant_credential(tenant)
    if isinstance(known, credentials.ApiKey):
        key = await api_keys.lock_key(conn, known.tenant_id, uuid.UUID(known.id))
        return known if key is None else key_credential(key)
    if isinstance(known, credentials.SigningKey):
        signing_key = await signing_keys.lock_signing_key(conn, known.id)
        return known if signing_key is None else signing_key_credential(signing_key)
    if isinstance(known, credentials.Revocation) and known.scope == "user":
        user = await users.share_user(conn, known.tenant_id, uuid.UUID(known.subject))
        return (None if user is None else user_revocation(user, token_lifetime)) or known
    return known


def _version_of(record: StoredRecord) -> int:
    assert record.value is not None
    return decode_credential(record.value).version
