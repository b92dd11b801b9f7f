"""Puts what happened to an object into the outbox, within the transaction in which it happens."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from uuid_utils.compat import uuid7

from libs.contracts.credentials import CredentialRecord
from libs.contracts.events import Cause
from libs.contracts.times import to_ms
from libs.contracts.topics import object_key
from libs.objects import outbox
from libs.pg.database import Connection
from services.accounts.records import SERVICE, Fact, credential_record, event_record


def utc_now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


class Publisher:
    """Writes outbox rows; owns the clock and the source of ids that changes use."""

    def __init__(self, *, clock: Callable[[], datetime] = utc_now, new_id: Callable[[], uuid.UUID] = uuid7) -> None:
        self.now = clock
        self.new_id = new_id

    async def tell(
        self,
        conn: Connection,
        fact: Fact,
        cause: Cause,
        credential: CredentialRecord | None = None,
        *,
        event_id: str | None = None,
    ) -> tuple[int, ...]:
        """Add the fact's event, after its credential record if it has one; the outbox rows' ids.

        `event_id` is given where other events name this one as their cause.
        """
        timestamp_ms = to_ms(self.now())
        event = event_record(fact, cause, event_id=event_id or str(self.new_id()), timestamp_ms=timestamp_ms)
        records = [event]
        if credential is not None:
            records.insert(0, credential_record(credential, timestamp_ms=timestamp_ms))
        key = object_key(fact.resource_type, fact.tenant_id, fact.resource_id)
        return tuple(await outbox.add(conn, SERVICE, records, object_key=key))
