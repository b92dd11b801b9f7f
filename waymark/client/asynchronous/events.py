"""`client.events`: recording events, reading and following them; nothing is decided here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Unpack

from waymark.client import event_calls as calls
from waymark.client.asynchronous.driver import AsyncDriver
from waymark.client.asynchronous.streams import AsyncEventStream
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


class AsyncEvents:
    """`client.events`."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def record(
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
        return await self._driver.drive(self._driver.core.record_event(item, idempotency_key))

    async def record_many(self, items: Iterable[NewEvent]) -> RecordedEvents:
        """Record many events, a thousand to a request; those without an id get one.

        Raises Unsent when some were refused, or could not be sent: then `items` was not read any further.
        """
        collected = Collected(EVENTS)
        for batch in batches(items, collected):
            await self._driver.drive(self._driver.core.record_batch(batch, collected))
        return RecordedEvents(items=collected.all_recorded(), position=collected.positions.header())

    async def list(self, *, after: After | None = None, **options: Unpack[EventListOptions]) -> EventPage:
        """Read one page, newest first, with the exact total."""
        return await self._driver.send(calls.list_events(options), after)

    async def all(self, *, after: After | None = None, **filters: Unpack[EventFilters]) -> AsyncIterator[Event]:
        """Iterate over every match, newest first; a page is read when the one before is used up."""
        cursor: str | None = None
        while True:
            page = await self._driver.send(calls.list_events({**filters, "limit": PAGE_ITEMS, "cursor": cursor}), after)
            for event in page.events:
                yield event
            cursor = page.next_cursor
            if cursor is None:
                return

    async def get(self, event_id: str, *, after: After | None = None) -> Event:
        """Read one event. Raises NotFound."""
        return await self._driver.send(calls.get_event(event_id), after)

    async def causes(self, event_id: str, *, after: After | None = None) -> Causes:
        """Read an event's chain of causes."""
        return await self._driver.send(calls.causes(event_id), after)

    async def of_resource(
        self, resource_type: str, resource_id: str, *, after: After | None = None, **page: Unpack[EventPageOptions]
    ) -> EventPage:
        """Read one page of a resource's events, newest first."""
        return await self._driver.send(calls.events_of_resource(resource_type, resource_id, page), after)

    async def by_correlation(
        self,
        correlation_id: str,
        *,
        limit: int | None = None,
        offset: int | None = None,
        after: After | None = None,
    ) -> EventPage:
        """Read one page of a unit of work's events, oldest first; empty when nothing is known of it."""
        return await self._driver.send(
            calls.events_by_correlation(correlation_id, {"limit": limit, "offset": offset}), after
        )

    async def counts(self, *, after: After | None = None, **between: Unpack[EventRange]) -> EventCounts:
        """Count events by event type, resource type and actor type."""
        return await self._driver.send(calls.count_events(between), after)

    async def actors(
        self, *, limit: int | None = None, after: After | None = None, **between: Unpack[EventRange]
    ) -> Actors:
        """Read the most active actors, up to 1,000 or `limit`, with their failures and successes."""
        return await self._driver.send(calls.actors({**between, "limit": limit}), after)

    def stream(
        self, *, last_event_id: str | None = None, from_beginning: bool = False, **filters: Unpack[StreamFilters]
    ) -> AsyncEventStream[Event]:
        """Follow events from now on, from the beginning, or from right after an earlier stream's `last_event_id`."""
        following = Following(
            EVENT_STREAM,
            self._driver.core.retries,
            filters,
            last_event_id=last_event_id,
            from_beginning=from_beginning,
        )
        return AsyncEventStream(self._driver, following)
