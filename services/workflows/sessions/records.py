"""Records of sessions as the log takes them."""

from __future__ import annotations

from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import AnyRecord, encode_session_record
from libs.eventlog.port import Record


def session_record(tenant_id: str, key: str, uow_id: str, record: AnyRecord) -> Record:
    """Return the log's record of one of a session's, accepted when it says."""
    return Record(WORKFLOW_SESSIONS.name, *encode_session_record(tenant_id, key, uow_id, record), record.at)
