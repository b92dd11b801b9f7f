"""`client.events`: record events and ask about them, on an event loop; nothing is decided here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import TypeVar, Unpack

from waymark.client import event_calls as calls
from waymark.client.core import Core
from waymark.client.delivery import EVENTS, Collected, batches
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
from waymark.client.follow import Following
from waymark.client.positions import After
from waymark.client.requests import Call
from waymark.client.streams import AsyncEventStream
from waymark.client.transport import AsyncDriver

T = TypeVar("T")


class AsyncEvents:
    """`client.events`: facts about resources, next to the interactions."""

    def __init__(self, core: Core, driver: AsyncDriver) -> None:
        self._core = core
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
        """Record one event; returns once the log has it. The unit of work around it is its correlation."""
        item = NewEvent(event_type, resource_type, resource_id, **fields)
        return await self._driver.drive(self._core.record_event(item, idempotency_key))

    async def record_many(self, items: Iterable[NewEvent]) -> RecordedEvents:
        """Record many, a thousand to a request; those without an id get one.

        Raises Unsent when some were refused, or could not be sent: then `items` was not read any further.
        """
        collected = Collected(EVENTS)
        for batch in batches(items, collected):
            await self._driver.drive(self._core.record_batch(batch, collected))
        return RecordedEvents(items=collected.all_recorded(), position=collected.positions.header())

    async def list(self, *, after: After | None = None, **options: Unpack[EventListOptions]) -> EventPage:
        """One page, newest first, with the exact total."""
        return await self._send(calls.list_events(options), after)

    async def all(self, *, after: After | None = None, **filters: Unpack[EventFilters]) -> AsyncIterator[Event]:
        """Every event that matches, newest first, page after page as they are asked for."""
        cursor: str | None = None
        while True:
            page = await self._send(calls.list_events({**filters, "limit": PAGE_ITEMS, "cursor": cursor}), after)
            for found in page.events:
                yield found
            cursor = page.next_cursor
            if cursor is None:
                return

    async def get(self, event_id: str, *, after: After | None = None) -> Event:
        """One event; NotFound when there is none."""
        return await self._send(calls.get_event(event_id), after)

    async def causes(self, event_id: str, *, after: After | None = None) -> Causes:
        """What led to an event: its cause, that one's cause, and so on."""
        return await self._send(calls.causes(event_id), after)

    async def of_resource(
        self, resource_type: str, resource_id: str, *, after: After | None = None, **page: Unpack[EventPageOptions]
    ) -> EventPage:
        """One page of a resource's events, newest first."""
        return await self._send(calls.events_of_resource(resource_type, resource_id, page), after)

    async def by_correlation(
        self,
        correlation_id: str,
        *,
        limit: int | None = None,
        offset: int | None = None,
        after: After | None = None,
    ) -> EventPage:
        """One page of a unit of work's events, oldest first; none when nothing is known of it."""
        return await self._send(calls.events_by_correlation(correlation_id, {"limit": limit, "offset": offset}), after)

    async def counts(self, *, after: After | None = None, **between: Unpack[EventRange]) -> EventCounts:
        """How many there are of each event type, resource type and actor type."""
        return await self._send(calls.count_events(between), after)

    async def actors(
        self, *, limit: int | None = None, after: After | None = None, **between: Unpack[EventRange]
    ) -> Actors:
        """Who did most (a thousand unless `limit` says), and how many of their events failed and succeeded."""
        return await self._send(calls.actors({**between, "limit": limit}), after)

    def stream(
        self, *, last_event_id: str | None = None, from_beginning: bool = False, **filters: Unpack[StreamFilters]
    ) -> AsyncEventStream:
        """Events as they happen: from now, the beginning, or right after the `last_event_id` of an earlier stream."""
        following = Following(self._core.retries, filters, last_event_id=last_event_id, from_beginning=from_beginning)
        return AsyncEventStream(self._driver, following)

    async def _send(self, call: Call[T], after: After | None) -> T:
        return await self._driver.drive(self._core.steps(call, after))
