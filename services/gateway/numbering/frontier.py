"""Publishes, per tenant and at most once a second, the number below which everything is acknowledged or voided.

The log's end is read after the settled numbers, so every settled number lies before it: a projection that has read so
far and misses such a number will never see it. What the log has already is not said again, nor is anything lower, which
only a store that is behind the log would say.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from libs.contracts.reference import FRONTIER, Frontier, ReferenceRecord, encode_reference
from libs.contracts.times import current_ms, format_ms
from libs.contracts.topics import INTERACTIONS, REFERENCE
from libs.eventlog.port import Appended, EventLog, Positions, Record
from services.gateway.numbering.numbers import NumberFrontier, NumberStore

INTERVAL_S = 1.0


def _nothing_published(_tenant_id: str) -> int:
    """Return the frontier of a tenant of whom nothing was ever said."""
    return 1


async def _not_noted(_: Positions) -> None:
    """Keep no note of the log's end."""


class FrontierPublisher:
    """Remembers which tenants were given numbers and publishes until their frontier has reached the last one.

    `on_log` returns the frontier of a tenant that the log has; `note_end` is told each end of the log that was read.
    """

    def __init__(
        self,
        store: NumberStore,
        log: EventLog,
        *,
        on_log: Callable[[str], int] = _nothing_published,
        note_end: Callable[[Positions], Awaitable[None]] = _not_noted,
        now_ms: Callable[[], int] = current_ms,
    ) -> None:
        self._store = store
        self._log = log
        self._on_log = on_log
        self._note_end = note_end
        self._now_ms = now_ms
        self._pending: set[str] = set()
        self._published: dict[str, int] = {}
        self._know_all = False

    def touch(self, tenant_id: str) -> None:
        """Note that a tenant was given numbers, or that some of its numbers were settled."""
        self._pending.add(tenant_id)

    async def publish(self) -> None:
        """Publish what moved; the first time for every tenant, since another process may have died before it did.

        Raises NumbersUnavailable, LogUnavailable.
        """
        tenants, self._pending = self._pending, set()
        if self._know_all and not tenants:
            return
        settled = False
        try:
            frontiers = await self._store.frontiers(tenants if self._know_all else None)
            await self._append([f for f in frontiers if self._last(f.tenant_id) < f.below])
            self._know_all = settled = True
            self._pending.update(f.tenant_id for f in frontiers if not self._is_level(f))
        finally:
            if not settled:
                self._pending |= tenants

    async def _append(self, moved: Sequence[NumberFrontier]) -> None:
        if not moved:
            return
        positions = await self._log.end_offsets([INTERACTIONS])
        await self._note_end(positions)
        outcomes = await self._log.append([self._record(frontier, positions) for frontier in moved])
        for frontier, outcome in zip(moved, outcomes, strict=True):
            if isinstance(outcome, Appended):
                self._published[frontier.tenant_id] = frontier.below

    def _is_level(self, frontier: NumberFrontier) -> bool:
        """Return whether nothing is left to say until the tenant is given numbers again."""
        return frontier.below == frontier.next_number == self._last(frontier.tenant_id)

    def _last(self, tenant_id: str) -> int:
        """Return the tenant's frontier as it was published last."""
        return max(self._published.get(tenant_id, 1), self._on_log(tenant_id))

    def _record(self, frontier: NumberFrontier, positions: Positions) -> Record:
        at_ms = self._now_ms()
        offsets = {str(tp.partition): offset for tp, offset in positions.items()}
        data = Frontier(below=frontier.below, positions=offsets, at=format_ms(at_ms))
        reference = ReferenceRecord(
            kind=FRONTIER,
            tenant_id=frontier.tenant_id,
            id=frontier.tenant_id,
            version=frontier.below,
            data=msgspec.to_builtins(data),
        )
        key, value, headers = encode_reference(reference, timestamp_ms=at_ms)
        return Record(REFERENCE.name, key, value, headers, at_ms)
