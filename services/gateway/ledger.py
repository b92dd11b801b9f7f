"""What this gateway still owes its number store and the log: ranges to settle, numbers to void, receipts to mark.

A range is settled once every number of it is acknowledged or voided, never before. Losing this memory loses nothing:
whoever adopts the reservations finds out the same from the log.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple

from libs.eventlog.port import Appended
from services.gateway.model import Grant, Posting
from services.gateway.numbers import Settlement


class OpenRange:
    """A reserved range and how many of its numbers are not settled yet."""

    __slots__ = ("created_ms", "first", "left", "tenant_id")

    def __init__(self, tenant_id: str, grant: Grant) -> None:
        self.tenant_id = tenant_id
        self.first = grant.first
        self.left = grant.last - grant.first + 1
        self.created_ms = grant.created_ms


class Unlanded(NamedTuple):
    """A number whose record is not known to be in the log."""

    range: OpenRange
    number: int


class Ledger:
    """Accumulates what became known; `take` hands it to a transaction, `give_back` returns it when that failed."""

    def __init__(self) -> None:
        self._settlement = Settlement()
        self.to_void: deque[Unlanded] = deque()
        self.has_work = asyncio.Event()

    def settled(self, open_range: OpenRange, count: int = 1) -> None:
        """So many more numbers of a range are acknowledged or voided."""
        open_range.left -= count
        if open_range.left == 0:
            self._settlement.done.append((open_range.tenant_id, open_range.first))

    def unlanded(self, open_range: OpenRange, number: int) -> None:
        """A number has to be voided."""
        self.to_void.append(Unlanded(open_range, number))
        self.has_work.set()

    def mark(self, posting: Posting, appended: Appended) -> None:
        """The posting's receipts can say where its record lies."""
        self._settlement.marked += [(key, appended.partition, appended.offset + 1) for key in posting.receipts]

    def free(self, posting: Posting) -> None:
        """Nobody works on the posting's receipts any more."""
        self._settlement.freed += posting.receipts

    def take(self) -> Settlement:
        """What is to be written down now."""
        taken, self._settlement = self._settlement, Settlement()
        return taken

    def give_back(self, settlement: Settlement) -> None:
        """What could not be written down; writing it twice does no harm."""
        self._settlement.done += settlement.done
        self._settlement.marked += settlement.marked
        self._settlement.freed += settlement.freed

    @property
    def is_clear(self) -> bool:
        """Whether nothing is owed."""
        return not self._settlement and not self.to_void
