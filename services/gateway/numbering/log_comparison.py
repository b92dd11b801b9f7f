"""Compares the number store with the log before this gateway gives numbers: none that the log holds is given again.

The store is behind the log when its database was lost, was restored from an older backup, or is a standby that lagged
when it took over. How far the log was read is noted in the store, so a gateway that only starts again reads little.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from libs.contracts.topics import INTERACTIONS
from libs.eventlog.errors import LogMismatch
from libs.eventlog.port import EventLog, Positions, TopicPartition
from libs.eventlog.reading import read_between
from libs.telemetry.logger import get_logger
from services.gateway.numbering.gate import LEASE, Gate
from services.gateway.numbering.logged_numbers import LoggedTenants
from services.gateway.numbering.numbers import HeldLease, LogEnds, NumberStore

SETTLE_S = 10.0
"""For how long records of numbers that an older store gave may still come: longer than an append takes to answer."""
_AGAIN_S = 0.001

_logger = get_logger(__name__)


class SettledNumbers(Protocol):
    """The numbers that the log says are settled."""

    def all(self) -> Mapping[str, int]:
        """Return by tenant the number below which all are acknowledged or voided."""
        ...


async def _at_once() -> None:
    """There is nothing to wait for."""


class LogComparison:
    """`catch_up` brings `settled` up to date; `quiet` returns once this gateway has no append under way."""

    def __init__(
        self,
        store: NumberStore,
        log: EventLog,
        settled: SettledNumbers,
        gate: Gate,
        *,
        catch_up: Callable[[], Awaitable[None]] = _at_once,
        quiet: Callable[[], Awaitable[None]] = _at_once,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._store = store
        self._log = log
        self._settled = settled
        self._gate = gate
        self._catch_up = catch_up
        self._quiet = quiet
        self._settle_s = settle_s
        self.log_id = ""
        """The id of the log that was compared last; empty before the first time."""

    async def compare(self, own: Sequence[HeldLease] = ()) -> None:
        """Return once the store lies at or above every number in the log; `own` are the leases that this gateway held.

        Raises NumbersUnavailable, LogUnavailable; LogMismatch for a log that ends before records that were numbered.
        """
        await self._quiet()
        while (settling_s := await self._compare_once(own)) > 0:
            self._gate.close(LEASE, "the number store may be behind the log; waiting for what may still come")
            await asyncio.sleep(settling_s)

    async def _compare_once(self, own: Sequence[HeldLease]) -> float:
        """Raise the store above the log, and return after how many seconds to look again; 0 or less when all was seen.

        What is asked before the log is read holds for what is read.
        """
        self.log_id = await self._log.identity()
        settling_s = await self._store.settling_s(self.log_id, self._settle_s, own)
        if raised := await self._raise_above_log():
            _logger.warning("numbers_behind_the_log", tenants=raised)
            return max(self._settle_s, _AGAIN_S)
        return settling_s

    async def _raise_above_log(self) -> list[str]:
        """Read what the log has since the store saw it last, and return the tenants that the store was behind with."""
        await self._catch_up()
        read = await self._store.log_ends(self.log_id)
        ends = await self._log.end_offsets([INTERACTIONS])
        _require_reached(ends, read)
        tenants = LoggedTenants(self._settled.all())
        await read_between(self._log, await self._starts(read), ends, tenants.take, on_progress=self._tell)
        return list(await self._store.go_on_above(tenants.all(), read, log_ends(read.log_id, ends)))

    async def _starts(self, read: LogEnds) -> Positions:
        beginnings = await self._log.beginning_offsets([INTERACTIONS])
        return {place: max(start, read.offsets.get(place.partition, 0)) for place, start in beginnings.items()}

    def _tell(self, done: int, total: int) -> None:
        self._gate.close(LEASE, f"reading which numbers the log holds: {done:,} of {total:,} records")


def log_ends(log_id: str, positions: Positions) -> LogEnds:
    """Return positions of the interactions as the store keeps them."""
    return LogEnds(log_id, {place.partition: offset for place, offset in positions.items()})


def is_shorter(ends: Positions, read: LogEnds) -> bool:
    """Return whether the log ends before what was read of it."""
    return bool(_beyond(ends, read))


def _require_reached(ends: Positions, read: LogEnds) -> None:
    if beyond := _beyond(ends, read):
        partition = beyond[0]
        raise LogMismatch(
            f"records of {INTERACTIONS.name}/{partition} were numbered up to offset {read.offsets[partition]}, but the"
            f" log ends at {ends.get(TopicPartition(INTERACTIONS.name, partition), 0)}: it was truncated or restored"
            " from an older copy. Restore the log, or go on with what it has: `waymark log adopt`."
        )


def _beyond(ends: Positions, read: LogEnds) -> list[int]:
    """Return the partitions of which more was read than the log has."""
    found = sorted(read.offsets.items())
    return [partition for partition, at in found if ends.get(TopicPartition(INTERACTIONS.name, partition), 0) < at]
