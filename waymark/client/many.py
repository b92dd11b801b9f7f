"""Records many interactions, or events, batch by batch, and collects the results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from waymark.client import calls, event_calls
from waymark.client.delivery import BatchResult, ItemAnswer
from waymark.client.errors import Refused, WaymarkError
from waymark.client.event_models import NewEvent, RecordedEvent
from waymark.client.models import NewInteraction, RecordedItem
from waymark.client.outgoing import Outgoing, outgoing, outgoing_event
from waymark.client.positions import Positions
from waymark.client.retries import Request
from waymark.client.unsent import Unsent, UnsentItem

NewT = TypeVar("NewT", bound=NewInteraction | NewEvent)
RecordedT = TypeVar("RecordedT", bound=RecordedItem | RecordedEvent)
BATCH_ITEMS = 1_000
BATCH_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BulkKind(Generic[NewT, RecordedT]):
    """The rules for interactions, or for events: how they are made ready, sent by the batch, and returned."""

    ready: Callable[[NewT], Outgoing[NewT]]
    request: Callable[[Iterable[bytes]], Request]
    recorded: Callable[[NewT, ItemAnswer], RecordedT]


INTERACTIONS = BulkKind(
    outgoing,
    calls.batch,
    lambda item, answer: RecordedItem(id=item.interaction_id or "", number=answer.interaction_number or 0),
)
EVENTS = BulkKind(outgoing_event, event_calls.event_batch, lambda item, _answer: RecordedEvent(id=item.id or ""))


class Collected(Generic[NewT, RecordedT]):
    """The results of many records that are sent batch by batch."""

    def __init__(self, kind: BulkKind[NewT, RecordedT]) -> None:
        self.kind = kind
        self._recorded: list[RecordedT] = []
        self._failed: list[UnsentItem[NewT]] = []
        self.positions = Positions()
        self.is_stuck = False

    def add(self, result: BatchResult[NewT]) -> None:
        """Add a batch's results. A batch that could not be sent makes it stuck: the next would fare no better."""
        self._recorded += [self.kind.recorded(sent.item, answer) for sent, answer in result.recorded]
        self._failed += [*result.refused, *result.unsent]
        self.is_stuck = bool(result.unsent)

    def refuse(self, item: NewT, error: WaymarkError) -> None:
        """Add an item that cannot be sent at all."""
        self._failed.append(UnsentItem(item, error))

    def all_recorded(self) -> list[RecordedT]:
        """Return all that were recorded, in order. Raises Unsent when some are not known to be."""
        if self._failed:
            raise Unsent(self._failed, recorded=self._recorded)
        return self._recorded


def batches(items: Iterable[NewT], collected: Collected[NewT, RecordedT]) -> Iterator[list[Outgoing[NewT]]]:
    """Group items into batches that fit into one request, until one could not be sent.

    An item that cannot be sent at all is added to `collected` and passed over.
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
