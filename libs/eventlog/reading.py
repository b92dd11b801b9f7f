"""Reading a part of the log once, to an end that is known when reading begins."""

from __future__ import annotations

from collections.abc import Callable

from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import EventLog, Positions, StoredRecord

_POLL_TIMEOUT_S = 1.0
_MAX_RECORDS = 5_000
_MAX_SILENT_POLLS = 10

Progress = Callable[[int, int], None]


def _unheard(_done: int, _total: int) -> None:
    """Tell nobody."""


async def read_between(
    log: EventLog,
    starts: Positions,
    ends: Positions,
    take: Callable[[StoredRecord], None],
    *,
    on_progress: Progress = _unheard,
) -> None:
    """Hand every record from `starts` up to `ends` to `take`, in order within a partition; later ones may follow.

    `on_progress` hears how many offsets are behind it, of how many. Raises LogUnavailable, also for a log that stays
    silent before its end.
    """
    behind = {place: start for place, start in starts.items() if start < ends[place]}
    if not behind:
        return
    total = sum(ends[place] - start for place, start in behind.items())
    reader = await log.reader(behind)
    silent = 0
    try:
        while left := sum(max(0, ends[place] - at) for place, at in reader.positions.items()):
            on_progress(total - left, total)
            records = await reader.poll(timeout_s=_POLL_TIMEOUT_S, max_records=_MAX_RECORDS)
            silent = 0 if records else silent + 1
            if silent > _MAX_SILENT_POLLS:
                raise LogUnavailable(f"reading {', '.join(sorted({at.topic for at in behind}))} does not reach its end")
            for record in records:
                take(record)
    finally:
        await reader.stop()
