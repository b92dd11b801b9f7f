"""Removes what a table need not keep any longer, now and then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from libs.background.loops import Periodic
from libs.pg.database import Connection, Database
from libs.pg.errors import PASSING

INTERVAL_S = 3_600.0


class TablePurge(Periodic):
    """Calls `purge` in a transaction of its own, at once and every `interval_s`; `db` has a role that may delete."""

    def __init__(
        self, name: str, db: Database, purge: Callable[[Connection], Awaitable[None]], *, interval_s: float = INTERVAL_S
    ) -> None:
        super().__init__(name, interval_s, self._purge_once, survives=PASSING, at_once=True)
        self._db = db
        self._purge = purge

    async def _purge_once(self) -> None:
        async with self._db.transaction() as conn:
            await self._purge(conn)
