"""The records of an executor on their way to the log: all that wait are appended in one go, until they are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from libs.eventlog.errors import AppendFailed, LogUnavailable
from libs.eventlog.port import Appended, EventLog, Record
from libs.records.sessions import KeyedRecord
from services.workflows.engine.messages import Message, messages_before
from services.workflows.engine.partition import OwnedPartition
from services.workflows.engine.shell import Flight
from services.workflows.sessions.records import session_record


class Sending(NamedTuple):
    """A record of a session on its way to the log; the `messages` have to be there first."""

    partition: OwnedPartition
    flight: Flight
    messages: tuple[Message, ...]

    @property
    def is_wanted(self) -> bool:
        """Whether the partition is still held, and no other record took the place of this one."""
        held = self.flight.held
        return held.flight is self.flight.record and self.partition.sessions.get(held.session_id) is held

    def records(self) -> list[Record]:
        """Return the records to be appended now: the messages, or the session's own once they are there."""
        state = self.flight.before
        own = Message(state.key, self.flight.record)
        uow_id = state.started.uow_id
        return [session_record(state.tenant_id, key, uow_id, one) for key, one in (self.messages or (own,))]


class Outbox:
    """The records that wait to be appended. Acknowledgements are told to the partitions."""

    def __init__(self, log: EventLog, clock: Callable[[], int]) -> None:
        self._log = log
        self._clock = clock
        self._waiting: list[Sending] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, partition: OwnedPartition, flights: Iterable[Flight]) -> None:
        """Add records of sessions of a partition."""
        for flight in flights:
            self._waiting.append(Sending(partition, flight, messages_before(flight.before, flight.record)))

    async def append(self) -> bool:
        """Append what waits; return False when some of it has to be appended again."""
        sendings, self._waiting = [one for one in self._waiting if one.is_wanted], []
        parts = [one.records() for one in sendings]
        records = [record for part in parts for record in part]
        if not records:
            return True
        try:
            outcomes = await self._log.append(records)
        except LogUnavailable:
            self._waiting += sendings
            return False
        at, is_complete, now_ms = 0, True, self._clock()
        for sending, part in zip(sendings, parts, strict=True):
            found = outcomes[at : at + len(part)]
            at += len(part)
            if any(isinstance(one, AppendFailed) for one in found):
                self._waiting.append(sending)
                is_complete = False
            elif sending.messages:
                self._waiting.append(sending._replace(messages=()))
            else:
                self._acknowledged(sending, found[0], now_ms)
        return is_complete

    def _acknowledged(self, sending: Sending, place: object, now_ms: int) -> None:
        if sending.is_wanted and isinstance(place, Appended):
            state, record = sending.flight.before, sending.flight.record
            sending.partition.acknowledged(place.offset, KeyedRecord(state.tenant_id, state.key, record), now_ms)
