"""Streams of events: their filters, and how they show an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from libs.contracts.events import is_confidential, source_of
from libs.contracts.topics import EVENTS
from libs.httpkit.errors import ApiError
from libs.records.events import EventRow, decode_event
from libs.records.render import shown_event
from services.queries.stream.model import Kind


class EventsGone(ApiError):
    """what followed this Last-Event-ID is not kept any more; from=beginning gives what is"""

    status, code, title = 410, "events_gone", "Gone"


STREAMED_EVENTS: Final = Kind("events", EVENTS, decode_event, EventsGone)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEvents:
    """The events of one tenant for which everything that is not None is equal.

    `resource_ids` are the spellings of one id, any of which will do. An admin's stream shows payloads that are
    confidential.
    """

    tenant_id: str
    event_type: str | None = None
    resource_type: str | None = None
    resource_ids: tuple[str, ...] = ()
    actor_id: str | None = None
    actor_type: str | None = None
    correlation_id: str | None = None
    source: str | None = None
    to_admin: bool = False

    def takes(self, row: EventRow) -> bool:
        compared = (
            (self.tenant_id, row.tenant_id),
            (self.event_type, row.event_type),
            (self.resource_type, row.resource_type),
            (self.actor_id, row.actor_id),
            (self.actor_type, row.actor_type),
            (self.correlation_id, row.correlation_id),
            (self.source, source_of(row.tenant_id, row.source)),
        )
        equal = all(asked is None or asked == found for asked, found in compared)
        return equal and (not self.resource_ids or row.resource_id in self.resource_ids)

    def look(self, row: EventRow, /) -> bool:
        return self.to_admin or not is_confidential(row.tenant_id, row.source)

    def shown(self, row: EventRow) -> dict[str, Any]:
        return shown_event(row, to_admin=self.to_admin)
