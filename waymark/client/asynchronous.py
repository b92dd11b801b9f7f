"""`AsyncClient`: the API on an event loop, method for method the same as `AsyncClient`; nothing is decided here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, Unpack

import httpx

from waymark.client import calls
from waymark.client.address import find_address
from waymark.client.async_events import AsyncEvents
from waymark.client.async_queue import AsyncQueue
from waymark.client.buffer import OnRefused, OnUnsent, QueueLimits
from waymark.client.core import Core
from waymark.client.delivery import INTERACTIONS, Collected, Unsent, batches
from waymark.client.filters import (
    PAGE_ITEMS,
    ActivityOptions,
    CatalogFields,
    InteractionFilters,
    ListOptions,
    Moment,
    TimelineOptions,
    TraceSearch,
)
from waymark.client.models import (
    Activity,
    CatalogItem,
    Gap,
    Interaction,
    Key,
    NewInteraction,
    NewKey,
    OriginGraph,
    Page,
    Recorded,
    RecordedMany,
    RecordFields,
    Refreshed,
    Timeline,
    Trace,
    TraceSummary,
    TraceTimeline,
    TraceTree,
)
from waymark.client.positions import After
from waymark.client.requests import Call
from waymark.client.retries import Retries
from waymark.client.spans import Span, continue_trace, current_span, unit_of_work
from waymark.client.transport import AsyncDriver

T = TypeVar("T")


class AsyncClient:
    """One server and one key, on one event loop. Close it, or use it in an `async with` block: that flushes its queues.

    Without `url` and `api_key` they come from `WAYMARK_URL` and `WAYMARK_API_KEY`, else from `credentials.json` in the
    data directory. With `read_your_writes` every read shows what this client wrote before. Reads take `after`: what a
    write returned, to be shown by this one read. Every method raises a WaymarkError.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        data_dir: Path | None = None,
        retries: Retries | None = None,
        read_your_writes: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._core = Core(retries or Retries(), read_your_writes)
        self._driver = AsyncDriver(find_address(url, api_key, data_dir), transport)
        self._queues: list[AsyncQueue] = []
        self._own_queue = self.queue()
        self.interactions = AsyncInteractions(self)
        self.traces = AsyncTraces(self)
        self.events = AsyncEvents(self._core, self._driver)
        self.resource_types = AsyncCatalog(self, "resource-types")
        self.actions = AsyncCatalog(self, "actions")
        self.origins = AsyncOrigins(self, "origins")
        self.keys = AsyncKeys(self)

    async def record(
        self,
        resource_id: str,
        resource_type: str,
        action: str,
        origin: str,
        *,
        idempotency_key: str | None = None,
        **fields: Unpack[RecordFields],
    ) -> Recorded:
        """Record one interaction; returns once the log has it. Units of work and spans around it apply."""
        item = NewInteraction(resource_id, resource_type, action, origin, **fields)
        return await self._driver.drive(self._core.record(item, idempotency_key))

    async def record_many(self, items: Iterable[NewInteraction]) -> RecordedMany:
        """Record many, a thousand to a request; those without an id get one.

        Raises Unsent when some were refused, or could not be sent: then `items` was not read any further.
        """
        collected = Collected(INTERACTIONS)
        for batch in batches(items, collected):
            await self._driver.drive(self._core.record_batch(batch, collected))
        return RecordedMany(items=collected.all_recorded(), position=collected.positions.header())

    def queue(
        self,
        limits: QueueLimits | None = None,
        *,
        on_refused: OnRefused | None = None,
        on_unsent: OnUnsent | None = None,
    ) -> AsyncQueue:
        """A queue that records in the background. It is flushed when it, or this client, is closed, or at exit."""
        queue = AsyncQueue(
            self._core, self._driver, limits or QueueLimits(), on_refused=on_refused, on_unsent=on_unsent
        )
        self._queues.append(queue)
        return queue

    async def enqueue(
        self, resource_id: str, resource_type: str, action: str, origin: str, **fields: Unpack[RecordFields]
    ) -> str:
        """Record an interaction soon, by a queue of this client's own; returns the id it will have."""
        return await self._own_queue.record(resource_id, resource_type, action, origin, **fields)

    async def timeline(self, *, after: After | None = None, **options: Unpack[TimelineOptions]) -> Timeline:
        """Counts over time."""
        return await self.send(calls.timeline(options), after)

    async def refresh_timeline(self, *, after: After | None = None) -> Refreshed:
        """Wait until the timeline counts everything accepted before the call."""
        return await self.send(calls.refresh_timeline(), after)

    async def activity(self, *, after: After | None = None, **options: Unpack[ActivityOptions]) -> Page[Activity]:
        """Who did what to several resources, by user and unit of work."""
        return await self.send(calls.search_activity(options), after)

    async def trace(
        self, uow_id: str, *, cursor: str | None = None, limit: int | None = None, after: After | None = None
    ) -> Trace:
        """Everything in one unit of work; a long one page by page. NotFound when nothing is known of it."""
        return await self.send(calls.trace(uow_id, {"cursor": cursor, "limit": limit}), after)

    async def trace_timeline(
        self, uow_id: str, *, cursor: str | None = None, limit: int | None = None, after: After | None = None
    ) -> TraceTimeline:
        """Its key fields with the time between them; a long one page by page."""
        return await self.send(calls.trace_timeline(uow_id, {"cursor": cursor, "limit": limit}), after)

    async def trace_tree(self, uow_id: str, *, after: After | None = None) -> TraceTree:
        """It by its spans and causes, with self times and the critical path."""
        return await self.send(calls.trace_tree(uow_id), after)

    async def trace_summary(self, uow_id: str, *, after: After | None = None) -> TraceSummary:
        """It in figures."""
        return await self.send(calls.trace_summary(uow_id), after)

    def unit_of_work(self, uow_id: str | None = None, *, user_id: str | None = None) -> AbstractContextManager[Span]:
        """One piece of work: everything recorded inside has its id, by whichever client."""
        return unit_of_work(uow_id, user_id=user_id)

    def continue_trace(self, headers: Mapping[str, str], *, user_id: str | None = None) -> AbstractContextManager[Span]:
        """The unit of work an incoming request belongs to, by its `traceparent` and `x-uowid`."""
        return continue_trace(headers, user_id=user_id)

    def headers(self) -> dict[str, str]:
        """What an outgoing call carries so that what it leads to belongs here too; empty outside of any span."""
        span = current_span()
        return span.headers() if span else {}

    async def send(self, call: Call[T], after: After | None = None) -> T:
        """Send a call, with retries."""
        return await self._driver.drive(self._core.steps(call, after))

    async def close(self) -> None:
        """Flush the queues and close the connections. Raises Unsent for what the first of them could not send."""
        unsent: list[Unsent] = []
        for queue in self._queues:
            try:
                await queue.close()
            except Unsent as error:
                unsent.append(error)
        await self._driver.close()
        if unsent:
            raise unsent[0]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            await self.close()
        except Unsent as unsent:
            if error is None:
                raise
            error.add_note(str(unsent))


class AsyncInteractions:
    """`client.interactions`: the history."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def list(self, *, after: After | None = None, **options: Unpack[ListOptions]) -> Page[Interaction]:
        """One page, newest first, with the exact total."""
        return await self._client.send(calls.list_interactions(options), after)

    async def all(
        self, *, after: After | None = None, **filters: Unpack[InteractionFilters]
    ) -> AsyncIterator[Interaction]:
        """Every interaction that matches, newest first, page after page as they are asked for."""
        cursor: str | None = None
        while True:
            page = await self._client.send(
                calls.list_interactions({**filters, "limit": PAGE_ITEMS, "cursor": cursor}), after
            )
            for found in page.data:
                yield found
            cursor = page.pagination.next_cursor
            if cursor is None:
                return

    async def get(self, interaction_id: str, *, after: After | None = None) -> Interaction:
        """One interaction; NotFound when there is none."""
        return await self._client.send(calls.get_interaction(interaction_id), after)

    async def gaps(self, *, page: int = 1, limit: int = 50, after: After | None = None) -> Page[Gap]:
        """The numbers that no list shows, and why."""
        return await self._client.send(calls.list_gaps({"page": page, "limit": limit}), after)


class AsyncTraces:
    """`client.traces`: units of work."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def search(self, *, after: After | None = None, **options: Unpack[TraceSearch]) -> Page[TraceSummary]:
        """Which units of work there were."""
        return await self._client.send(calls.search_traces(options), after)


class AsyncCatalog:
    """`client.resource_types`, `client.actions`, `client.origins`."""

    def __init__(self, client: AsyncClient, kind: str) -> None:
        self._client = client
        self._kind = kind

    async def list(self, *, search: str | None = None, mnemonic: str | None = None) -> list[CatalogItem]:
        """All that are not archived."""
        return await self._client.send(calls.list_catalog(self._kind, {"search": search, "mnemonic": mnemonic}))

    async def get(self, item_id: str) -> CatalogItem:
        """One by its id."""
        return await self._client.send(calls.get_catalog_item(self._kind, item_id))

    async def create(
        self, title: str, mnemonic: str, *, idempotency_key: str | None = None, **fields: Unpack[CatalogFields]
    ) -> CatalogItem:
        """Define one; Conflict when the mnemonic is taken."""
        call = calls.create_catalog_item(self._kind, {"title": title, "mnemonic": mnemonic, **fields}, idempotency_key)
        return await self._client.send(call)

    async def update(self, item_id: str, title: str, mnemonic: str, **fields: Unpack[CatalogFields]) -> CatalogItem:
        """Put these fields in place of those it has."""
        changed = {"title": title, "mnemonic": mnemonic, **fields}
        return await self._client.send(calls.update_catalog_item(self._kind, item_id, changed))

    async def archive(self, item_id: str) -> None:
        """Archive it: history keeps its badge, new records with it are refused."""
        await self._client.send(calls.archive_catalog_item(self._kind, item_id))


class AsyncOrigins(AsyncCatalog):
    """`client.origins`: a catalog, and who follows whom."""

    async def graph(
        self, *, start_date: date | str | None = None, end_date: date | str | None = None, after: After | None = None
    ) -> OriginGraph:
        """How often an interaction of one origin is followed by one of another in its unit of work, and how soon.

        Whole UTC days, both included; the last 30 unless said.
        """
        days = {"start_date": start_date, "end_date": end_date}
        return await self._client.send(calls.origin_graph(days), after)


class AsyncKeys:
    """`client.keys`: API keys, for an admin."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def create(
        self,
        label: str,
        roles: Iterable[str] = ("editor",),
        *,
        expires_at: Moment | None = None,
        rate_limit_per_minute: int | None = None,
        idempotency_key: str | None = None,
    ) -> NewKey:
        """Make a key. Its text is in the answer, this once."""
        fields = calls.key_fields(label, roles, expires_at, rate_limit_per_minute)
        return await self._client.send(calls.create_key(fields, idempotency_key))

    async def list(self, *, page: int = 1, limit: int = PAGE_ITEMS) -> Page[Key]:
        """One page, newest first, revoked ones too."""
        return await self._client.send(calls.list_keys({"page": page, "limit": limit}))

    async def all(self) -> AsyncIterator[Key]:
        """Every key, page after page."""
        number, more = 0, True
        while more:
            number += 1
            page = await self.list(page=number)
            for found in page.data:
                yield found
            more = page.pagination.has_next

    async def revoke(self, key_id: str) -> None:
        """End a key; it stops working everywhere within a second."""
        await self._client.send(calls.revoke_key(key_id))
