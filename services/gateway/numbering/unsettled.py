"""The debts of this gateway to number store and log: ranges to settle, numbers to void, receipts to mark.

A range is settled once every number of it is acknowledged or voided, never before. Losing this memory loses nothing:
whoever adopts the reservations finds out the same from the log.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple

from libs.eventlog.port import Appended
from services.gateway.model import Grant, PendingRecord
from services.gateway.numbering.numbers import Landed, SettledRange, SettledRanges


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


class Unsettled:
    """Accumulates settled ranges; `take` hands them to a transaction, `give_back` returns them when it failed."""

    def __init__(self) -> None:
        self._settled_ranges = SettledRanges()
        self.to_void: deque[Unlanded] = deque()
        self.has_work = asyncio.Event()

    def settled(self, open_range: OpenRange, count: int = 1) -> None:
        """Record that `count` more numbers of the range are acknowledged or voided."""
        open_range.left -= count
        if open_range.left == 0:
            settled = SettledRange(open_range.tenant_id, open_range.first, open_range.created_ms)
            self._settled_ranges.done.append(settled)

    def unlanded(self, open_range: OpenRange, number: int) -> None:
        """Record that a number has to be voided."""
        self.to_void.append(Unlanded(open_range, number))
        self.has_work.set()

    def mark(self, pending: PendingRecord, appended: Appended) -> None:
        """Record where the pending record lies, for its receipts."""
        number, partition, next_offset = pending.number, appended.partition, appended.offset + 1
        self._settled_ranges.marked += [Landed(key, number, partition, next_offset) for key in pending.receipts]

    def free(self, pending: PendingRecord) -> None:
        """Nobody works on the pending record's receipts any more."""
        self._settled_ranges.freed += pending.receipts

    def take(self) -> SettledRanges:
        """Hand out the ranges, marks and receipts to be written now."""
        taken, self._settled_ranges = self._settled_ranges, SettledRanges()
        return taken

    def give_back(self, settled_ranges: SettledRanges) -> None:
        """Take back ranges that could not be written; writing them twice does no harm."""
        self._settled_ranges.done += settled_ranges.done
        self._settled_ranges.marked += settled_ranges.marked
        self._settled_ranges.freed += settled_ranges.freed

    @property
    def is_clear(self) -> bool:
        """Whether nothing is owed."""
        return not self._settled_ranges and not self.to_void
