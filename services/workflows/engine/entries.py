"""Records of the sessions' topic, without those that nobody can read."""

from __future__ import annotations

from libs.contracts.errors import InvalidRecord
from libs.eventlog.port import StoredRecord
from libs.records.sessions import KeyedRecord, decode_keyed_record


def readable(record: StoredRecord) -> KeyedRecord | None:
    """Return a record of a session; None for one that the read model parks."""
    try:
        return decode_keyed_record(record)
    except InvalidRecord:
        return None
