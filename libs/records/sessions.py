"""Records of `waymark.workflow-sessions.v1` as executors, read models and the gateway read them: all take the same."""

from __future__ import annotations

from typing import NamedTuple

from libs.contracts.envelope import decode_type_and_tenant
from libs.contracts.errors import InvalidRecord
from libs.contracts.times import EARLIEST_MS, LATEST_MS
from libs.contracts.workflow_sessions import AnyRecord, SessionStarted, decode_session_record
from libs.eventlog.port import StoredRecord
from libs.records.checks import uuid_of


class KeyedRecord(NamedTuple):
    """A record of a session of a tenant, and the key that it lies under."""

    tenant_id: str
    key: str
    record: AnyRecord

    @property
    def session(self) -> tuple[str, str]:
        """The tenant and the id of the session."""
        return self.tenant_id, self.record.session_id


def decode_keyed_record(record: StoredRecord) -> KeyedRecord:
    """Return a record of a session; InvalidRecord names what is wrong with it."""
    _, tenant_id = decode_type_and_tenant(record.headers)
    if record.key is None or not record.key.startswith(f"{tenant_id}:"):
        raise InvalidRecord(f"the key is not one of tenant {tenant_id}")
    found = decode_session_record(record.value)
    _check(found)
    return KeyedRecord(tenant_id, record.key, found)


def _check(record: AnyRecord) -> None:
    """Refuse what could not become a row."""
    if uuid_of("sessionId", record.session_id) != record.session_id:
        raise InvalidRecord(f"sessionId is {record.session_id!r}, expected a UUID in its canonical form")
    if not EARLIEST_MS <= record.at <= LATEST_MS:
        raise InvalidRecord(f"at is {record.at}, beyond the years 1 to 9999")
    if isinstance(record, SessionStarted):
        uuid_of("workflowId", record.workflow_id)
        if record.parent is not None:
            uuid_of("parent.sessionId", record.parent.session_id)
