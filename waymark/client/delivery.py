"""Sends interactions by the batch until each is recorded or refused, or the time is up.

Every one has an id of its own before it is sent first, so sending it again, from this process or another, records
nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from waymark.client import calls
from waymark.client.errors import Refused, UnexpectedAnswer, WaymarkError, error_of, local_problem
from waymark.client.ids import new_id
from waymark.client.models import NewInteraction, RecordedItem, RecordedMany
from waymark.client.positions import POSITION, Positions
from waymark.client.retries import Answer, Pause, Retries, Step, Told
from waymark.client.spans import current_span

ITEM_BYTES = 1024 * 1024
BATCH_ITEMS = 1_000
BATCH_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An interaction ready to be sent, with the text it is sent as."""

    interaction: NewInteraction
    line: bytes


@dataclass(frozen=True, slots=True)
class UnsentItem:
    """An interaction that is not known to be recorded, and why. Sending it again with its id is harmless."""

    interaction: NewInteraction
    error: WaymarkError


class Unsent(WaymarkError):
    """Some interactions are not known to be recorded: refused, or not answered for in time.

    `items` are (the first of) those, each with its reason; `count` how many there are; `recorded` what did get in,
    where the call would have returned it.
    """

    def __init__(self, items: Sequence[UnsentItem], *, count: int = 0, recorded: Sequence[RecordedItem] = ()) -> None:
        self.items = tuple(items)
        self.count = max(count, len(self.items))
        self.recorded = tuple(recorded)
        first = self.items[0].error if self.items else "reason unknown"
        noun = "interaction" if self.count == 1 else "interactions"
        super().__init__(f"{self.count} {noun} could not be sent; the first: {first}")

    def write_jsonl(self, path: Path | str) -> int:
        """Append the items to a file that `waymark import jsonl` takes; returns how many lines that were."""
        with Path(path).open("ab") as file:
            file.writelines(calls.encode_item(item.interaction) + b"\n" for item in self.items)
        return len(self.items)


@dataclass(slots=True)
class Delivery:
    """What became of a batch; every item of it is in exactly one of the three."""

    recorded: list[tuple[Outgoing, int]] = field(default_factory=list)
    refused: list[UnsentItem] = field(default_factory=list)
    unsent: list[UnsentItem] = field(default_factory=list)


class _ItemAnswer(msgspec.Struct, rename="camel"):
    index: int
    status: int
    interaction_number: int | None = None
    error: dict[str, Any] | None = None


class _BatchAnswer(msgspec.Struct):
    items: list[_ItemAnswer]


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


def outgoing(item: NewInteraction) -> Outgoing:
    """The item with an id and its place, as text. Raises Refused when it cannot be written or is over 1 MiB."""
    placed = in_context(item)
    if placed.interaction_id is None:
        placed = msgspec.structs.replace(placed, interaction_id=new_id())
    line = calls.encode_item(placed)
    if len(line) > ITEM_BYTES:
        raise local_problem("interaction", f"{len(line)} bytes are over the limit of {ITEM_BYTES} for one record")
    return Outgoing(placed, line)


class Collected:
    """What became of many interactions that are sent batch by batch."""

    def __init__(self) -> None:
        self._recorded: list[RecordedItem] = []
        self._failed: list[UnsentItem] = []
        self.positions = Positions()
        self.is_stuck = False

    def add(self, delivery: Delivery) -> None:
        """Note a batch. One that could not be sent makes it stuck: what follows would fare no better."""
        self._recorded += [
            RecordedItem(id=item.interaction.interaction_id or "", number=number) for item, number in delivery.recorded
        ]
        self._failed += [*delivery.refused, *delivery.unsent]
        self.is_stuck = bool(delivery.unsent)

    def refuse(self, item: NewInteraction, error: WaymarkError) -> None:
        """Note an item that cannot be sent at all."""
        self._failed.append(UnsentItem(item, error))

    def result(self) -> RecordedMany:
        """All of them; raises Unsent when some are not known to be recorded."""
        if self._failed:
            raise Unsent(self._failed, recorded=self._recorded)
        return RecordedMany(items=self._recorded, position=self.positions.header())


def batches(items: Iterable[NewInteraction], collected: Collected) -> Iterator[list[Outgoing]]:
    """Items in batches that fit into one request; one that cannot be sent at all is noted and passed over."""
    batch: list[Outgoing] = []
    size = 0
    for item in _ready(items, collected):
        if batch and (len(batch) == BATCH_ITEMS or size + len(item.line) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.line) + 1
    if batch:
        yield batch


def _ready(items: Iterable[NewInteraction], collected: Collected) -> Iterator[Outgoing]:
    for item in items:
        try:
            ready = outgoing(item)
        except Refused as error:
            collected.refuse(item, error)
        else:
            yield ready


def deliver(
    items: Sequence[Outgoing], retries: Retries, until: Callable[[], float], placed: Callable[[str | None], None]
) -> Generator[Step, Told, Delivery]:
    """The steps of sending a batch; `placed` hears the position of each answer. Only a passing error is tried again."""
    delivery = Delivery()
    waiting = list(items)
    number = 0
    while waiting:
        try:
            answer = yield from retries.tries(calls.batch(item.line for item in waiting), until=until)
            placed(answer.headers.get(POSITION))
            waiting, error = _settle(waiting, answer, delivery)
        except Refused as refused:
            given_up = delivery.unsent if refused.is_passing else delivery.refused
            given_up += [UnsentItem(item.interaction, refused) for item in waiting]
            break
        except WaymarkError as trouble:
            error = trouble
        if error is None:
            break
        number += 1
        pause_s = retries.pause_s(number, error)
        if retries.clock() + pause_s >= until():
            delivery.unsent += [UnsentItem(item.interaction, error) for item in waiting]
            break
        retries.told(error, pause_s)
        yield Pause(pause_s)
    return delivery


def _settle(sent: Sequence[Outgoing], answer: Answer, delivery: Delivery) -> tuple[list[Outgoing], WaymarkError | None]:
    """Sort what was answered for; returns what is to be sent again, and why."""
    again: dict[int, WaymarkError] = dict.fromkeys(
        range(len(sent)), UnexpectedAnswer("the answer does not tell of all items", status=answer.status)
    )
    for item in calls.decode(answer, _BatchAnswer).items:
        if again.pop(item.index, None) is None:
            continue
        if item.status < 300 and item.interaction_number is not None:
            delivery.recorded.append((sent[item.index], item.interaction_number))
            continue
        error = error_of(item.status, msgspec.json.encode(item.error or {}))
        if error.is_passing or not isinstance(error, Refused):
            again[item.index] = error
        else:
            delivery.refused.append(UnsentItem(sent[item.index].interaction, error))
    return [sent[index] for index in sorted(again)], next(iter(again.values()), None)
