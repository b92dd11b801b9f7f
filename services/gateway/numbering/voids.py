"""Voids numbers that were reserved and never landed: this gateway's own, and those of gateways that died.

A void may be wrong, when the record lands after all; the record wins then, in whatever order they come. So voiding
only ever needs to be eager enough that no number stays open.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice

from libs.background.waiting import wait_unless
from libs.contracts.interactions import encode_voided
from libs.contracts.times import format_ms
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import Appended, EventLog, Positions, Record, StoredRecord, TopicPartition
from libs.eventlog.reading import read_between
from libs.telemetry.logger import get_logger
from libs.telemetry.metrics import GATEWAY_NUMBERS_VOIDED
from services.gateway.model import Grant
from services.gateway.numbering.committing import Touched
from services.gateway.numbering.gate import LOG, Gate
from services.gateway.numbering.lease import Lease
from services.gateway.numbering.logged_numbers import number_of
from services.gateway.numbering.numbers import NumberStore, NumbersUnavailable, Reservation
from services.gateway.numbering.unsettled import OpenRange, Unlanded, Unsettled

FAILED = "the log did not acknowledge the record"
ABANDONED = "the gateway that reserved the number ended before its record was in the log"
_BATCH = 500
_RETRY_S = 0.5

_logger = get_logger(__name__)


class Voider:
    """Voids the numbers that `unsettled` lists, and reopens the gate once the log takes records again."""

    def __init__(self, log: EventLog, unsettled: Unsettled, gate: Gate) -> None:
        self._log = log
        self._unsettled = unsettled
        self._gate = gate

    async def run(self, stopping: asyncio.Event) -> None:
        """Work whenever the unsettled says so, until `stopping`."""
        while not stopping.is_set():
            await wait_unless(self._unsettled.has_work, _RETRY_S)
            if self._unsettled.has_work.is_set() and not await self.work():
                await wait_unless(stopping, _RETRY_S)

    async def work(self) -> bool:
        """Void all listed numbers, and return whether the log took every void."""
        self._unsettled.has_work.clear()
        while batch := list(islice(self._unsettled.to_void, _BATCH)):
            if not await self._void(batch):
                self._unsettled.has_work.set()
                return False
        if self._gate.is_closed_by(LOG) and not await self._log_answers():
            self._unsettled.has_work.set()
            return False
        self._gate.open(LOG)
        return True

    async def _void(self, batch: Sequence[Unlanded]) -> bool:
        """Append the voids of the unsettled's first numbers; those acknowledged leave the unsettled."""
        outcomes = await self._log.append([_void_record(unlanded, FAILED) for unlanded in batch])
        for unlanded, outcome in zip(batch, outcomes, strict=True):
            self._unsettled.to_void.popleft()
            if isinstance(outcome, Appended):
                self._unsettled.settled(unlanded.range)
                GATEWAY_NUMBERS_VOIDED.inc()
            else:
                self._unsettled.to_void.append(unlanded)
        return all(isinstance(outcome, Appended) for outcome in outcomes)

    async def _log_answers(self) -> bool:
        try:
            await self._log.end_offsets([INTERACTIONS])
        except LogUnavailable:
            return False
        return True


class Adopter:
    """Takes over the reservations of gateways that died, and voids those of their numbers the log does not have."""

    def __init__(self, store: NumberStore, log: EventLog, lease: Lease, unsettled: Unsettled, touched: Touched) -> None:
        self._store = store
        self._log = log
        self._lease = lease
        self._unsettled = unsettled
        self._touched = touched

    async def adopt(self) -> int:
        """Adopt reservations of gateways that died, settle them with the log, and return how many numbers were voided.

        Raises LeaseLost, NumbersUnavailable, LogUnavailable; reservations not settled are adopted again then,
        because the lease it was adopted under is given up.
        """
        gateway_id = self._lease.current()
        try:
            reservations = await self._store.adopt(gateway_id)
            landed = await self._landed(reservations) if reservations else {}
        except (NumbersUnavailable, LogUnavailable) as error:
            if isinstance(error, LogUnavailable) or error.outcome_unknown:
                self._lease.abandon("adopted reservations could not be settled")
            raise
        if reservations:
            _logger.info("reservations_adopted", count=len(reservations))
        return sum(self._settle(reservation, landed) for reservation in reservations)

    def _settle(self, reservation: Reservation, landed: Mapping[str, set[int]]) -> int:
        tenant_id, first, last, created_ms, _ = reservation
        open_range = OpenRange(tenant_id, Grant(first, last, created_ms))
        missing = [number for number in range(first, last + 1) if number not in landed[tenant_id]]
        for number in missing:
            self._unsettled.unlanded(open_range, number)
        if landed_count := last - first + 1 - len(missing):
            self._unsettled.settled(open_range, landed_count)
        self._touched(tenant_id)
        return len(missing)

    async def _landed(self, reservations: Sequence[Reservation]) -> dict[str, set[int]]:
        """Return which of the reserved numbers the log has a record of, reading from where the earliest could lie."""
        ends = await self._log.end_offsets([INTERACTIONS])
        floor = _lowest_floor(reservations, await self._log.beginning_offsets([INTERACTIONS]))
        wanted: dict[str, set[int]] = defaultdict(set)
        for reservation in reservations:
            wanted[reservation.tenant_id].update(range(reservation.first, reservation.last + 1))
        landed: dict[str, set[int]] = defaultdict(set)

        def take(record: StoredRecord) -> None:
            if (number := number_of(record)) and number[1] in wanted.get(number[0], ()):
                landed[number[0]].add(number[1])

        await read_between(self._log, floor, ends, take)
        return landed


def _lowest_floor(reservations: Sequence[Reservation], beginnings: Positions) -> Positions:
    """Return where the earliest of the reservations' records could lie, and not before the log begins."""
    floors = [min(column) for column in zip(*(r.log_floor for r in reservations), strict=True)]
    lowest = {TopicPartition(INTERACTIONS.name, number): floor for number, floor in enumerate(floors)}
    return {place: max(lowest.get(place, 0), beginning) for place, beginning in beginnings.items()}


def _void_record(unlanded: Unlanded, reason: str) -> Record:
    tenant_id, created_ms = unlanded.range.tenant_id, unlanded.range.created_ms
    key, value, headers = encode_voided(tenant_id, unlanded.number, format_ms(created_ms), reason)
    return Record(INTERACTIONS.name, key, value, headers, created_ms)
