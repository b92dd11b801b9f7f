"""The weight of a record, counted the same by every log that is ours."""

from __future__ import annotations

from libs.eventlog.port import Record


def record_bytes(record: Record) -> int:
    """Bytes of key, value and headers as they are stored."""
    headers = sum(len(name.encode()) + len(value) for name, value in record.headers)
    return len(record.key.encode()) + len(record.value or b"") + headers
