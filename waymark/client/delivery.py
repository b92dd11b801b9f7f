"""Sends interactions, or events, by the batch until each is recorded or refused, or the time is up.

Every one has an id of its own before it is sent first, so sending it again, from this process or another, records
nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from waymark.client import calls, event_calls
from waymark.client.errors import Refused, UnexpectedAnswer, WaymarkError, error_of, local_problem
from waymark.client.event_models import NewEvent, RecordedEvent
from waymark.client.ids import new_id
from waymark.client.models import NewInteraction, RecordedItem
from waymark.client.positions import POSITION, Positions
from waymark.client.requests import decode
from waymark.client.retries import Answer, Pause, Request, Retries, Step, StepResult
from waymark.client.spans import Span, current_span

NewT = TypeVar("NewT", bound=NewInteraction | NewEvent)
RecordedT = TypeVar("RecordedT", bound=RecordedItem | RecordedEvent)
ITEM_BYTES = 1024 * 1024
BATCH_ITEMS = 1_000
BATCH_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outgoing(Generic[NewT]):
    """A record ready to be sent, with the text it is sent as."""

    item: NewT
    line: bytes


@dataclass(frozen=True, slots=True)
class UnsentItem(Generic[NewT]):
    """An interaction (or event) that is not known to be recorded, and why. Sending it again with its id is harmless."""

    item: NewT
    error: WaymarkError


class Unsent(WaymarkError):
    """Some interactions (or events) are not known to be recorded: refused, or not answered for in time.

    `items` are (the first of) those, each with its reason; `count` how many there are; `recorded` what did get in,
    where the call would have returned it.
    """

    def __init__(
        self,
        items: Sequence[UnsentItem[Any]],
        *,
        count: int = 0,
        recorded: Sequence[RecordedItem | RecordedEvent] = (),
    ) -> None:
        self.items = tuple(items)
        self.count = max(count, len(self.items))
        self.recorded = tuple(recorded)
        first = self.items[0].error if self.items else "reason unknown"
        noun = "event" if self.items and isinstance(self.items[0].item, NewEvent) else "interaction"
        super().__init__(
            f"{self.count} {noun if self.count == 1 else noun + 's'} could not be sent; the first: {first}"
        )

    def write_jsonl(self, path: Path | str) -> int:
        """Append the items to a file that `waymark import jsonl` takes; returns how many lines that were."""
        with Path(path).open("ab") as file:
            file.writelines(_encode(item.item) + b"\n" for item in self.items)
        return len(self.items)


def _encode(item: NewInteraction | NewEvent) -> bytes:
    return event_calls.encode_event(item) if isinstance(item, NewEvent) else calls.encode_item(item)


class ItemAnswer(msgspec.Struct, rename="camel"):
    """What the answer to a batch says of one item."""

    index: int
    status: int
    interaction_number: int | None = None
    id: str | None = None
    error: dict[str, Any] | None = None


class _BatchAnswer(msgspec.Struct):
    items: list[ItemAnswer]


@dataclass(slots=True)
class Delivery(Generic[NewT]):
    """What became of a batch; every item of it is in exactly one of the three."""

    recorded: list[tuple[Outgoing[NewT], ItemAnswer]] = field(default_factory=list)
    refused: list[UnsentItem[NewT]] = field(default_factory=list)
    unsent: list[UnsentItem[NewT]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Kind(Generic[NewT, RecordedT]):
    """How records of one kind are sent many at a time, and what is told of each that the log has."""

    ready: Callable[[NewT], Outgoing[NewT]]
    request: Callable[[Iterable[bytes]], Request]
    recorded: Callable[[NewT, ItemAnswer], RecordedT]


def in_context(item: NewInteraction) -> NewInteraction:
    """The item with the ids of the current span, as far as it does not say its own."""
    span = current_span()
    if span is None or item.uow_id not in {None, span.uow_id}:
        return item
    has_span = item.span_id is not None
    return msgspec.structs.replace(
        item,
        uow_id=span.uow_id,
        user_id=item.user_id or span.user_id,
        span_id=item.span_id if has_span else span.span_id,
        parent_span_id=item.parent_span_id if has_span else item.parent_span_id or span.parent_span_id,
    )


def event_in_context(item: NewEvent, span: Span | None) -> NewEvent:
    """The event with the unit of work and the user of the span, as far as it does not say its own."""
    if span is None or item.correlation_id not in {None, span.uow_id}:
        return item
    says_actor = item.actor_id is not None or item.actor_type is not None
    actor_id = item.actor_id if says_actor else span.user_id
    return msgspec.structs.replace(item, correlation_id=span.uow_id, actor_id=actor_id)


def outgoing(item: NewInteraction) -> Outgoing[NewInteraction]:
    """The item with an id and its place, as text. Raises Refused when it cannot be written or is over 1 MiB."""
    placed = in_context(item)
    if placed.interaction_id is None:
        placed = msgspec.structs.replace(placed, interaction_id=new_id())
    return Outgoing(placed, _within_a_record("interaction", calls.encode_item(placed)))


def outgoing_event(item: NewEvent) -> Outgoing[NewEvent]:
    """As `outgoing`, of an event."""
    placed = event_in_context(item, current_span())
    if placed.id is None:
        placed = msgspec.structs.replace(placed, id=new_id())
    return Outgoing(placed, _within_a_record("payload", event_calls.encode_event(placed)))


def _within_a_record(field: str, line: bytes) -> bytes:
    if len(line) > ITEM_BYTES:
        raise local_problem(field, f"{len(line)} bytes are over the limit of {ITEM_BYTES} for one record")
    return line


INTERACTIONS = Kind(
    outgoing,
    calls.batch,
    lambda item, answer: RecordedItem(id=item.interaction_id or "", number=answer.interaction_number or 0),
)
EVENTS = Kind(outgoing_event, event_calls.event_batch, lambda item, _answer: RecordedEvent(id=item.id or ""))


class Collected(Generic[NewT, RecordedT]):
    """What became of many records that are sent batch by batch."""

    def __init__(self, kind: Kind[NewT, RecordedT]) -> None:
        self.kind = kind
        self._recorded: list[RecordedT] = []
        self._failed: list[UnsentItem[NewT]] = []
        self.positions = Positions()
        self.is_stuck = False

    def add(self, delivery: Delivery[NewT]) -> None:
        """Note a batch. One that could not be sent makes it stuck: what follows would fare no better."""
        self._recorded += [self.kind.recorded(sent.item, answer) for sent, answer in delivery.recorded]
        self._failed += [*delivery.refused, *delivery.unsent]
        self.is_stuck = bool(delivery.unsent)

    def refuse(self, item: NewT, error: WaymarkError) -> None:
        """Note an item that cannot be sent at all."""
        self._failed.append(UnsentItem(item, error))

    def all_recorded(self) -> list[RecordedT]:
        """All of them, in order; raises Unsent when some are not known to be recorded."""
        if self._failed:
            raise Unsent(self._failed, recorded=self._recorded)
        return self._recorded


def batches(items: Iterable[NewT], collected: Collected[NewT, RecordedT]) -> Iterator[list[Outgoing[NewT]]]:
    """Items in batches that fit into one request, until one could not be sent.

    An item that cannot be sent at all is noted and passed over.
    """
    batch: list[Outgoing[NewT]] = []
    size = 0
    for item in _ready(items, collected):
        if batch and (len(batch) == BATCH_ITEMS or size + len(item.line) > BATCH_BYTES):
            yield batch
            if collected.is_stuck:
                return
            batch, size = [], 0
        batch.append(item)
        size += len(item.line) + 1
    if batch:
        yield batch


def _ready(items: Iterable[NewT], collected: Collected[NewT, RecordedT]) -> Iterator[Outgoing[NewT]]:
    for item in items:
        try:
            ready = collected.kind.ready(item)
        except Refused as error:
            collected.refuse(item, error)
        else:
            yield ready


def deliver(
    kind: Kind[NewT, RecordedT],
    items: Sequence[Outgoing[NewT]],
    retries: Retries,
    until: Callable[[], float],
    placed: Callable[[str | None], None],
) -> Generator[Step, StepResult, Delivery[NewT]]:
    """The steps of sending a batch; `placed` hears the position of each answer. Only a passing error is tried again."""
    delivery = Delivery[NewT]()
    waiting = list(items)
    number = 0
    while waiting:
        try:
            answer = yield from retries.tries(kind.request(item.line for item in waiting), until=until)
            placed(answer.headers.get(POSITION))
            waiting, error = _settle(waiting, answer, delivery)
        except Refused as refused:
            given_up = delivery.unsent if refused.is_passing else delivery.refused
            given_up += [UnsentItem(item.item, refused) for item in waiting]
            break
        except WaymarkError as trouble:
            error = trouble
        if error is None:
            break
        number += 1
        pause_s = retries.pause_s(number, error)
        if retries.clock() + pause_s >= until():
            delivery.unsent += [UnsentItem(item.item, error) for item in waiting]
            break
        retries.on_retry(error, pause_s)
        yield Pause(pause_s)
    return delivery


def _settle(
    sent: Sequence[Outgoing[NewT]], answer: Answer, delivery: Delivery[NewT]
) -> tuple[list[Outgoing[NewT]], WaymarkError | None]:
    """Sort what was answered for; returns what is to be sent again, and why."""
    again: dict[int, WaymarkError] = dict.fromkeys(
        range(len(sent)), UnexpectedAnswer("the answer does not tell of all items", status=answer.status)
    )
    for item in decode(answer, _BatchAnswer).items:
        if again.pop(item.index, None) is None:
            continue
        if item.status < 300 and (item.interaction_number is not None or item.id is not None):
            delivery.recorded.append((sent[item.index], item))
            continue
        error = error_of(item.status, msgspec.json.encode(item.error or {}))
        if error.is_passing or not isinstance(error, Refused):
            again[item.index] = error
        else:
            delivery.refused.append(UnsentItem(sent[item.index].item, error))
    return [sent[index] for index in sorted(again)], next(iter(again.values()), None)
