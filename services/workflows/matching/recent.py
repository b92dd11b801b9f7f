"""The events of the last ten minutes that somebody may yet wait for, within a number of bytes.

Which types those are is known from the versions of workflows as they were at a moment: of events accepted before it
only those are kept. Later ones are all kept until the next look, since a version made meanwhile may wait for them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from libs.eventlog.port import StoredRecord

TypeKey: TypeAlias = tuple[str, str]
"""A tenant and a type of event."""
MAX_BYTES: Final = 64 * 1024 * 1024
_OVERHEAD_BYTES: Final = 500
_REQUIRED: Final = ("ce_tenantid", "ce_type", "ce_id")


@dataclass(frozen=True, slots=True, eq=False)
class RecentEvent:
    """An event as far as its headers tell; the rest is read from the record when it is needed."""

    key: TypeKey
    id: str
    correlation_id: str | None
    record: StoredRecord

    @property
    def tenant_id(self) -> str:
        """The tenant that the event is of."""
        return self.key[0]

    @property
    def accepted_ms(self) -> int:
        """When the event was accepted."""
        return self.record.timestamp_ms

    @property
    def size_bytes(self) -> int:
        """About the memory that the event takes."""
        return _OVERHEAD_BYTES + len(self.record.value or b"")


def event_in(record: StoredRecord) -> RecentEvent | None:
    """Return the event of a record; None for one without its headers, which no model shows."""
    headers = dict(record.headers)
    try:
        tenant_id, kind, event_id = (headers[name].decode() for name in _REQUIRED)
        correlation = headers.get("ce_correlationid")
        correlation_id = None if correlation is None else correlation.decode()
    except (KeyError, UnicodeDecodeError):
        return None
    return RecentEvent((tenant_id, kind), event_id, correlation_id, record)


@dataclass(slots=True)
class RecentEvents:
    """The events, in the order in which they were added. `kept_ms` and `max_bytes` bound them."""

    kept_ms: int
    max_bytes: int = MAX_BYTES
    size_bytes: int = 0
    _awaited: frozenset[TypeKey] = frozenset()
    _known_since_ms: int = 0
    _young: deque[RecentEvent] = field(default_factory=deque)
    _kept: deque[RecentEvent] = field(default_factory=deque)
    _by_type: dict[TypeKey, deque[RecentEvent]] = field(default_factory=lambda: defaultdict(deque))

    def add(self, event: RecentEvent) -> None:
        """Keep an event, unless nobody can wait for it any more."""
        if event.accepted_ms < self._known_since_ms:
            if event.key not in self._awaited:
                return
            self._kept.append(event)
        else:
            self._young.append(event)
        self._by_type[event.key].append(event)
        self.size_bytes += event.size_bytes
        while self.size_bytes > self.max_bytes:
            self._drop(self._kept or self._young)

    def of(self, key: TypeKey) -> Iterable[RecentEvent]:
        """Return the events of a type that are kept."""
        return tuple(self._by_type.get(key, ()))

    def learn(self, awaited: frozenset[TypeKey], as_of_ms: int, now_ms: int) -> None:
        """Keep, of events accepted before `as_of_ms`, the `awaited` types alone; drop what is too old."""
        self._awaited, self._known_since_ms = awaited, as_of_ms
        while self._young and self._young[0].accepted_ms < as_of_ms:
            if self._young[0].key in awaited:
                self._kept.append(self._young.popleft())
            else:
                self._drop(self._young)
        while self._kept and self._kept[0].accepted_ms < now_ms - self.kept_ms:
            self._drop(self._kept)

    def _drop(self, events: deque[RecentEvent]) -> None:
        event = events.popleft()
        same = self._by_type[event.key]
        same.remove(event)
        if not same:
            del self._by_type[event.key]
        self.size_bytes -= event.size_bytes
