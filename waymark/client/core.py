"""The part of a client that does not wait: retries, the positions of its writes, and the steps of every call."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from waymark.client.calls import record
from waymark.client.delivery import BatchResult, deliver
from waymark.client.event_calls import record_event
from waymark.client.event_models import NewEvent, RecordedEvent
from waymark.client.many import INTERACTIONS, Collected, NewT, RecordedT
from waymark.client.models import NewInteraction, Recorded
from waymark.client.outgoing import Outgoing, event_in_context, in_context
from waymark.client.positions import MIN_POSITION, POSITION, After, Positions, min_position
from waymark.client.requests import ApiCall
from waymark.client.retries import Retries, Step, StepResult
from waymark.client.spans import current_span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Core:
    """The state of a client: its retries and the positions of its writes."""

    retries: Retries
    read_your_writes: bool = False
    positions: Positions = field(default_factory=Positions)

    def steps(self, call: ApiCall[T], after: After | None = None) -> Generator[Step, StepResult, T]:
        """The steps of a call, to its result; a read shows the writes `after`, else this client's own."""
        position = min_position(after) if after is not None else self._own_writes()
        request = call.request
        if call.is_read and position:
            request = replace(request, headers=(*request.headers, (MIN_POSITION, position.encode())))
        answer = yield from self.retries.tries(request)
        self.positions.add(answer.headers.get(POSITION))
        return call.read(answer)

    def record(self, item: NewInteraction, idempotency_key: str | None) -> Generator[Step, StepResult, Recorded]:
        """The steps of recording one interaction in the current unit of work and span."""
        return self.steps(record(in_context(item), current_span(), idempotency_key))

    def record_event(self, item: NewEvent, idempotency_key: str | None) -> Generator[Step, StepResult, RecordedEvent]:
        """The steps of recording one event in the current unit of work."""
        span = current_span()
        return self.steps(record_event(event_in_context(item, span), span, idempotency_key))

    def deliver(
        self, items: Sequence[Outgoing[NewInteraction]], until: Callable[[], float], retries: Retries | None = None
    ) -> Generator[Step, StepResult, BatchResult[NewInteraction]]:
        """The steps of sending a queue's batch before `until` (on the retries' clock)."""
        return deliver(INTERACTIONS.request, items, retries or self.retries, until, self.positions.add)

    def record_batch(
        self, items: Sequence[Outgoing[NewT]], collected: Collected[NewT, RecordedT]
    ) -> Generator[Step, StepResult, None]:
        """The steps of sending one batch of many, with a deadline of its own."""
        ends = self.retries.clock() + self.retries.deadline_s

        def placed(position: str | None) -> None:
            self.positions.add(position)
            collected.positions.add(position)

        collected.add((yield from deliver(collected.kind.request, items, self.retries, lambda: ends, placed)))

    def dated(self, item: NewInteraction) -> NewInteraction:
        """Give the item the event time now unless it has one: it is sent later than it happened."""
        if item.timestamp is not None:
            return item
        return msgspec.structs.replace(item, timestamp=datetime.fromtimestamp(self.retries.wall_clock(), UTC))

    def _own_writes(self) -> str | None:
        return self.positions.header() if self.read_your_writes else None
