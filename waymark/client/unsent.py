"""The error that holds each record that is not known to be recorded, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from waymark.client import calls, event_calls
from waymark.client.errors import WaymarkError
from waymark.client.event_models import NewEvent, RecordedEvent
from waymark.client.models import NewInteraction, RecordedItem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UnsentItem(Generic[T]):
    """An interaction (or event) that is not known to be recorded, and why. Sending it again with its id is harmless."""

    item: T
    error: WaymarkError


class Unsent(WaymarkError):
    """Some interactions (or events) are not known to be recorded: refused, or not answered for in time.

    `items` are the first of them, each with its reason; `count` is the number of all; `recorded` are those that were
    recorded, where the call would have returned them.
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
        """Append the items to a file that `waymark import jsonl` takes; returns the number of lines."""
        with Path(path).open("ab") as file:
            file.writelines(_encode(item.item) + b"\n" for item in self.items)
        return len(self.items)


def _encode(item: NewInteraction | NewEvent) -> bytes:
    return event_calls.encode_event(item) if isinstance(item, NewEvent) else calls.encode_item(item)
