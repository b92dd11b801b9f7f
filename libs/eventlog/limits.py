"""The weight of a record, counted the same by every log that is ours."""

from __future__ import annotations

from libs.eventlog.port import Record


def record_bytes(record: Record) -> int:
    """Return the stored bytes of key, value and headers."""
    headers = sum(len(name.encode()) + len(value) for name, value in record.headers)
    return len(record.key.encode()) + len(record.value or b"") + headers
