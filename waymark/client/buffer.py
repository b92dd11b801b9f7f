"""The state of a queue: items that wait, items under way, and their results. It has no clock, lock or socket.

At any moment an item is waiting, under way, or settled; limits on the first two bound memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from waymark.client.delivery import BatchResult
from waymark.client.errors import ConnectionFailed, WaymarkError
from waymark.client.many import BATCH_BYTES, BATCH_ITEMS
from waymark.client.models import NewInteraction
from waymark.client.outgoing import Outgoing
from waymark.client.unsent import Unsent, UnsentItem

_KEPT_REFUSALS = 100


class QueueFull(WaymarkError):
    """The queue had no room for as long as the caller would wait; the interaction was not added."""


class QueueClosed(WaymarkError):
    """The queue takes no more interactions: it was closed, or an error, this one's cause, ended its sender."""


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """The limits of a queue: when it sends, and how much it holds.

    It sends when `batch_items` or `batch_bytes` wait, or the oldest has waited for `max_age_s`. It holds at most
    `max_items` and `max_bytes`, including those under way; a caller that adds more waits up to `full_wait_s` (None: for
    ever; 0: not at all) and then gets QueueFull. Closing has `close_deadline_s` to send the rest.
    """

    max_items: int = 10_000
    max_bytes: int = 32 * 1024 * 1024
    batch_items: int = 500
    batch_bytes: int = 1024 * 1024
    max_age_s: float = 0.5
    full_wait_s: float | None = 5.0
    close_deadline_s: float = 10.0

    def __post_init__(self) -> None:
        if not (0 < self.batch_items <= BATCH_ITEMS and 0 < self.batch_bytes <= BATCH_BYTES):
            raise ValueError(f"a batch has 1 to {BATCH_ITEMS} items and at most {BATCH_BYTES} bytes")
        if self.max_items < 1 or self.max_bytes < 1:
            raise ValueError("a queue holds at least one item")


class Buffer:
    """The state of one queue. `clock` is monotonic, in seconds."""

    def __init__(self, limits: QueueLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._waiting: deque[tuple[float, Outgoing[NewInteraction]]] = deque()
        self._waiting_bytes = 0
        self._under_way: list[Outgoing[NewInteraction]] = []
        self._flush_up_to = 0
        self._refused: list[UnsentItem[NewInteraction]] = []
        self._refused_count = 0
        self._lost: list[UnsentItem[NewInteraction]] = []
        self.added = 0
        self.settled = 0
        self.trouble: WaymarkError | None = None

    @property
    def held(self) -> int:
        """The number of items waiting or under way."""
        return self.added - self.settled

    def has_room(self, item: Outgoing[NewInteraction]) -> bool:
        """Whether the item may be added now; an empty queue takes any."""
        held_bytes = self._waiting_bytes + sum(len(one.line) for one in self._under_way)
        return self.held == 0 or (
            self.held < self.limits.max_items and held_bytes + len(item.line) <= self.limits.max_bytes
        )

    def add(self, item: Outgoing[NewInteraction]) -> None:
        """Add an item to those that wait."""
        self._waiting.append((self._clock(), item))
        self._waiting_bytes += len(item.line)
        self.added += 1

    def flush(self) -> int:
        """Make every item added so far due; returns the value that `settled` has to reach."""
        self._flush_up_to = self.added
        return self.added

    def due_in_s(self) -> float | None:
        """Seconds until the next batch is to be sent; None when nothing waits."""
        if not self._waiting:
            return None
        is_batch = len(self._waiting) >= self.limits.batch_items or self._waiting_bytes >= self.limits.batch_bytes
        if is_batch or self.settled < self._flush_up_to:
            return 0.0
        return max(0.0, self._waiting[0][0] + self.limits.max_age_s - self._clock())

    def take(self) -> list[Outgoing[NewInteraction]]:
        """Take the next batch, oldest first; it is under way until it is settled."""
        size = 0
        while self._waiting and len(self._under_way) < self.limits.batch_items:
            line_bytes = len(self._waiting[0][1].line)
            if self._under_way and size + line_bytes > self.limits.batch_bytes:
                break
            size += line_bytes
            self._under_way.append(self._waiting.popleft()[1])
        self._waiting_bytes -= size
        return list(self._under_way)

    def settle(self, result: BatchResult[NewInteraction], *, keep_refused: bool) -> None:
        """Settle the batch under way. `keep_refused`: keep what was refused for `left_over`."""
        self.settled += len(self._under_way)
        self._under_way = []
        if keep_refused:
            self._refused_count += len(result.refused)
            self._refused += result.refused[: _KEPT_REFUSALS - len(self._refused)]
        self._lost += result.unsent

    def pending(self) -> list[UnsentItem[NewInteraction]]:
        """List the items held, oldest first, each with the reason."""
        why = self.trouble or ConnectionFailed("there was no answer in time")
        held = [*self._under_way, *(item for _, item in self._waiting)]
        return [UnsentItem(item.item, why) for item in held]

    def left_over(self) -> Unsent | None:
        """Empty the buffer; returns the items that are not known to be recorded, with refusals that were kept."""
        left = [*self._lost, *self.pending()]
        self._waiting.clear()
        self._under_way = []
        self._waiting_bytes = 0
        self.settled = self.added
        if not left and not self._refused:
            return None
        return Unsent([*left, *self._refused], count=len(left) + self._refused_count)


OnRefused = Callable[[NewInteraction, WaymarkError], None]
OnUnsent = Callable[[Unsent], None]
