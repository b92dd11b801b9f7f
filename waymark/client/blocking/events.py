# Rendered by tests/support/blocking_client.py from waymark/client/asynchronous/events.py: change that file.
"""`client.events`: recording events, reading and following them; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Unpack

from waymark.client import event_calls as calls
from waymark.client.blocking.driver import Driver
from waymark.client.blocking.streams import EventStream
from waymark.client.event_models import (
    Actors,
    Causes,
    Event,
    EventCounts,
    EventFields,
    EventPage,
    NewEvent,
    RecordedEvent,
    RecordedEvents,
)
from waymark.client.filters import (
    PAGE_ITEMS,
    EventFilters,
    EventListOptions,
    EventPageOptions,
    EventRange,
    StreamFilters,
)
from waymark.client.follow import EVENTS as EVENT_STREAM
from waymark.client.follow import Following
from waymark.client.many import EVENTS, Collected, batches
from waymark.client.positions import After


class Events:
    """`client.events`."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def record(
        self,
        event_type: str,
        resource_type: str,
        resource_id: str,
        *,
        idempotency_key: str | None = None,
        **fields: Unpack[EventFields],
    ) -> RecordedEvent:
        """Record one event; returns once the log has it. The current unit of work is its correlation."""
        item = NewEvent(event_type, resource_type, resource_id, **fields)
        return self._driver.drive(self._driver.core.record_event(item, idempotency_key))

    def record_many(self, items: Iterable[NewEvent]) -> RecordedEvents:
        """Record many events, a thousand to a request; those without an id get one.

        Raises Unsent when some were refused, or could not be sent: then `items` was not read any further.
        """
        collected = Collected(EVENTS)
        for batch in batches(items, collected):
            self._driver.drive(self._driver.core.record_batch(batch, collected))
        return RecordedEvents(items=collected.all_recorded(), position=collected.positions.header())

    def list(self, *, after: After | None = None, **options: Unpack[EventListOptions]) -> EventPage:
        """Read one page, newest first, with the exact total."""
        return self._driver.send(calls.list_events(options), after)

    def all(self, *, after: After | None = None, **filters: Unpack[EventFilters]) -> Iterator[Event]:
        """Iterate over every match, newest first; a page is read when the one before is used up."""
        cursor: str | None = None
        while True:
            page = self._driver.send(calls.list_events({**filters, "limit": PAGE_ITEMS, "cursor": cursor}), after)
            yield from page.events
            cursor = page.next_cursor
            if cursor is None:
                return

    def get(self, event_id: str, *, after: After | None = None) -> Event:
        """Read one event. Raises NotFound."""
        return self._driver.send(calls.get_event(event_id), after)

    def causes(self, event_id: str, *, after: After | None = None) -> Causes:
        """Read an event's chain of causes."""
        return self._driver.send(calls.causes(event_id), after)

    def of_resource(
        self, resource_type: str, resource_id: str, *, after: After | None = None, **page: Unpack[EventPageOptions]
    ) -> EventPage:
        """Read one page of a resource's events, newest first."""
        return self._driver.send(calls.events_of_resource(resource_type, resource_id, page), after)

    def by_correlation(
        self,
        correlation_id: str,
        *,
        limit: int | None = None,
        offset: int | None = None,
        after: After | None = None,
    ) -> EventPage:
        """Read one page of a unit of work's events, oldest first; empty when nothing is known of it."""
        return self._driver.send(calls.events_by_correlation(correlation_id, {"limit": limit, "offset": offset}), after)

    def counts(self, *, after: After | None = None, **between: Unpack[EventRange]) -> EventCounts:
        """Count events by event type, resource type and actor type."""
        return self._driver.send(calls.count_events(between), after)

    def actors(self, *, limit: int | None = None, after: After | None = None, **between: Unpack[EventRange]) -> Actors:
        """Read the most active actors, up to 1,000 or `limit`, with their failures and successes."""
        return self._driver.send(calls.actors({**between, "limit": limit}), after)

    def stream(
        self, *, last_event_id: str | None = None, from_beginning: bool = False, **filters: Unpack[StreamFilters]
    ) -> EventStream[Event]:
        """Follow events from now on, from the beginning, or from right after an earlier stream's `last_event_id`."""
        following = Following(
            EVENT_STREAM,
            self._driver.core.retries,
            filters,
            last_event_id=last_event_id,
            from_beginning=from_beginning,
        )
        return EventStream(self._driver, following)
