"""The filters of a stream: values without I/O."""

from __future__ import annotations

from dataclasses import dataclass

from libs.contracts.events import source_of
from libs.records.events import EventRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
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

    def takes(self, event: EventRow) -> bool:
        """Return whether the event belongs into the stream."""
        compared = (
            (self.tenant_id, event.tenant_id),
            (self.event_type, event.event_type),
            (self.resource_type, event.resource_type),
            (self.actor_id, event.actor_id),
            (self.actor_type, event.actor_type),
            (self.correlation_id, event.correlation_id),
            (self.source, source_of(event.tenant_id, event.source)),
        )
        equal = all(asked is None or asked == found for asked, found in compared)
        return equal and (not self.resource_ids or event.resource_id in self.resource_ids)
