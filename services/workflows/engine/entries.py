"""Records of the sessions' topic as they are folded: with the tenant and the key that they lie under."""

from __future__ import annotations

from typing import NamedTuple

from libs.contracts.envelope import decode_type_and_tenant
from libs.contracts.errors import InvalidRecord
from libs.contracts.workflow_sessions import AnyRecord, decode_session_record
from libs.eventlog.port import StoredRecord


class Entry(NamedTuple):
    """A record of a session of a tenant."""

    tenant_id: str
    key: str
    record: AnyRecord


def decode_entry(record: StoredRecord) -> Entry | None:
    """Return the entry of a record; None for one that the read model parks."""
    try:
        _, tenant_id = decode_type_and_tenant(record.headers)
        if record.key is None or not record.key.startswith(f"{tenant_id}:"):
            return None
        return Entry(tenant_id, record.key, decode_session_record(record.value))
    except InvalidRecord:
        return None
