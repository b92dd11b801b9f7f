"""Records of the sources for tests: interactions of users, by action, event time and accept time."""

from __future__ import annotations

from typing import Any

from libs.contracts.interactions import encode_interaction
from libs.contracts.times import format_ms
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import Record, StoredRecord
from tests.support.records import interaction


def done(
    number: int,
    action: str,
    event_at: int,
    accepted_at: int,
    *,
    user: str = "ann",
    tenant_id: str = "acme",
    **more: Any,
) -> Record:
    """Return the `number`th interaction: what a user did. Times are milliseconds since the epoch."""
    body = interaction(number, tenant_id, action=action, created_date=format_ms(event_at), user_id=user, **more)
    return Record(INTERACTIONS.name, *encode_interaction(tenant_id, body, actor_type="user"), accepted_at)


def stored(record: Record, offset: int, partition: int = 0) -> StoredRecord:
    """Return a record as it is read back."""
    return StoredRecord(record.topic, partition, offset, record.key, record.value, record.headers, record.timestamp_ms)
