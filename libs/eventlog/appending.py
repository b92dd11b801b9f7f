"""Appending for callers who need all of it."""

from __future__ import annotations

from collections.abc import Sequence

from libs.eventlog.errors import AppendFailed
from libs.eventlog.port import EventLog, Record


async def append_all(log: EventLog, records: Sequence[Record]) -> None:
    """Append records and wait until all are acknowledged. Raises AppendFailed when one is not."""
    for outcome in await log.append(records):
        if isinstance(outcome, AppendFailed):
            raise outcome
