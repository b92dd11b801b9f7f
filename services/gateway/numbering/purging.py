"""Removes receipts that are past their time, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from libs.background.loops import Loop, Periodic
from services.gateway.numbering.numbers import NumbersUnavailable

INTERVAL_S = 60.0
_ROWS = 5_000
_LONGEST_ROUND_S = 600.0


class Purge(Periodic):
    """Calls `purge(limit)`, which returns how many it removed, again at once while that is the limit."""

    def __init__(
        self,
        name: str,
        purge: Callable[[int], Awaitable[int]],
        *,
        on_failure: Callable[[Loop], None] | None = None,
    ) -> None:
        super().__init__(
            name,
            INTERVAL_S,
            self._purge_all,
            survives=NumbersUnavailable,
            at_once=True,
            longest_round_s=_LONGEST_ROUND_S,
            on_failure=on_failure,
        )
        self._purge = purge

    async def _purge_all(self) -> None:
        while await self._purge(_ROWS) == _ROWS:
            pass
