"""The counters in PostgreSQL, compared with the numbers that the log holds, and raised above them."""

from __future__ import annotations

from collections.abc import Sequence

from libs.pg.locks import advisory_key
from services.gateway.numbering.connections import Watched
from services.gateway.numbering.logged_numbers import LoggedNumbers
from services.gateway.numbering.numbers import NOBODY, LogEnds, NumbersUnavailable
from services.gateway.numbering.statements import columns, fetch_log_ends, note_log_ends, sql

_LOCK = "waymark.gateway.counters"


class PgCounters:
    """The counters as a transaction compares them with the log, which is one transaction's work at a time."""

    def __init__(self, conn: Watched) -> None:
        self._conn = conn

    async def lock(self) -> None:
        """Let nobody else compare until the transaction ends."""
        await self._conn.fetch(sql.lock_counters, advisory_key(_LOCK))

    async def require_at(self, read: LogEnds) -> None:
        """Raise NumbersUnavailable when the store has not seen the log as far as `read`."""
        noted = (await fetch_log_ends(self._conn, read.log_id)).offsets
        if any(noted.get(partition, -1) < offset for partition, offset in read.offsets.items()):
            raise NumbersUnavailable("the database went back to an older state")

    async def behind(self, logged: Sequence[LoggedNumbers]) -> list[tuple[LoggedNumbers, int]]:
        """Return those whose highest number lies above the tenant's counter, with that counter."""
        rows = await self._conn.fetch(sql.last_numbers, [one.tenant_id for one in logged])
        last: dict[str, int] = {row["tenant_id"]: row["last_number"] for row in rows}
        found = [(one, last.get(one.tenant_id, 0)) for one in logged]
        return [(one, given) for one, given in found if given < one.last]

    async def forget_settled(self, logged: Sequence[LoggedNumbers]) -> None:
        """Forget reservations of which the log says that they are settled."""
        await self._conn.fetch(sql.forget_settled, *columns([(one.tenant_id, one.settled_below) for one in logged], 2))

    async def raise_above(self, behind: Sequence[tuple[LoggedNumbers, int]], ends: LogEnds) -> None:
        """Raise the counters, and reserve for nobody what is missing between."""
        raised = [(one.tenant_id, one.last, one.created_ms) for one, _ in behind]
        await self._conn.fetch(sql.raise_counters, *columns(raised, 3))
        missing = [
            (one.tenant_id, first, last, one.created_ms)
            for one, given in behind
            for first, last in one.missing_after(given)
        ]
        floor = [offset for _, offset in sorted(ends.offsets.items())]
        await self._conn.fetch(sql.reserve_for_nobody, *columns(missing, 4), NOBODY, floor)
        await self._conn.fetch(sql.note_raised, ends.log_id)

    async def note(self, ends: LogEnds) -> None:
        """Note how far the log was read."""
        await note_log_ends(self._conn, ends, None)
