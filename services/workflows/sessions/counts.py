"""Numbers of sessions: exact for any range of their starts, at a cost that does not grow with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from libs.contracts.times import EARLIEST_MS, LATEST_MS
from libs.contracts.workflow_sessions import SessionStatus
from libs.objects.names import fold_name
from libs.pg.columns import as_columns
from libs.pg.database import Connection
from libs.pg.sql_files import SqlFile
from libs.projections.generations import ReadModel
from libs.records.index_key import optional_key
from libs.rollups.spans import SPAN_MINUTES, Spans, spans
from services.workflows.sessions.model import MINUTE_MS, minute_of

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))
OPEN: tuple[SessionStatus, ...] = ("queued", "running")
_WHOLE = minute_of(LATEST_MS) + 1
_DAY_MINUTES = 1_440


class Range(NamedTuple):
    """Starts of sessions in `[from_ms, to_ms)`."""

    from_ms: int = EARLIEST_MS
    to_ms: int = LATEST_MS + 1


ALWAYS = Range()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFilter:
    """The sessions of a list: all that is given must hold."""

    started: Range = ALWAYS
    workflow: str | None = None
    status: str | None = None
    uow_id: str | None = None
    parent: str | None = None

    @property
    def folded_workflow(self) -> str | None:
        """The workflow's name as the rows have it."""
        return None if self.workflow is None else fold_name(self.workflow)

    @property
    def values(self) -> tuple[str | None, str | None, str | None, str | None]:
        """The values of the statements' columns."""
        return self.folded_workflow, self.status, optional_key(self.uow_id), self.parent


async def total_of(conn: Connection, tenant_id: str, wanted: SessionFilter) -> int:
    """Return how many sessions there are of a filter."""
    if wanted.uow_id is not None or wanted.parent is not None:
        return await _rows(conn, tenant_id, wanted.started, wanted)
    first, end = -(-_minutes(wanted.started.from_ms) // MINUTE_MS), _minutes(wanted.started.to_ms) // MINUTE_MS
    if first > end:
        return await _rows(conn, tenant_id, wanted.started, wanted)
    found = await _counted(conn, tenant_id, first, end, wanted.folded_workflow, wanted.status)
    total = sum(n for by_status in found.values() for n in by_status.values())
    for cut in _cut(wanted.started, first, end):
        total += await _rows(conn, tenant_id, cut, wanted)
    return total


class SessionCounts:
    """Counts sessions for requests and for those who bound how many are open."""

    def __init__(self, model: ReadModel) -> None:
        self._model = model

    async def last_day(self, tenant_id: str, now_ms: int) -> Mapping[str, Mapping[str, int]]:
        """Return the numbers of the sessions of the last 24 hours, by folded name of the workflow and status."""
        end = minute_of(now_ms) + 1
        async with self._model.transaction(tenant_id) as conn:
            return await _counted(conn, tenant_id, end - _DAY_MINUTES, end)

    async def open(self, tenant_id: str) -> int:
        """Return how many sessions of a tenant are queued or running."""
        async with self._model.transaction(tenant_id) as conn:
            found = [await _counted(conn, tenant_id, 0, _WHOLE, None, status) for status in OPEN]
        return sum(n for one in found for by_status in one.values() for n in by_status.values())


async def _counted(
    conn: Connection, tenant_id: str, first: int, end: int, workflow: str | None = None, status: str | None = None
) -> dict[str, dict[str, int]]:
    """Return the numbers of the sessions that began in the minutes `[first, end)`, by workflow and status."""
    runs: list[Spans] = spans(first, end, SPAN_MINUTES)
    rows = await conn.fetch(QUERIES.counted, tenant_id, *as_columns(runs, len(Spans._fields)), workflow, status)
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row["n"]:
            counts[row["workflow"]][row["status"]] = row["n"]
    return counts


async def _rows(conn: Connection, tenant_id: str, started: Range, wanted: SessionFilter) -> int:
    count: int = await conn.fetchval(QUERIES.counted_rows, tenant_id, *started, *wanted.values)
    return count


def _cut(started: Range, first: int, end: int) -> Iterator[Range]:
    """Yield what is left of a range before and after the whole minutes `[first, end)`."""
    from_ms, to_ms = _ms(first), _ms(end)
    if started.from_ms < from_ms:
        yield Range(started.from_ms, from_ms)
    if to_ms < started.to_ms:
        yield Range(to_ms, started.to_ms)


def _minutes(at_ms: int) -> int:
    return at_ms - EARLIEST_MS


def _ms(minute: int) -> int:
    return minute * MINUTE_MS + EARLIEST_MS
