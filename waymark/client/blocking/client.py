# Rendered by tests/support/blocking_client.py from waymark/client/asynchronous/client.py: change that file.
"""`Client`: the API, by methods that each send one call of `calls`; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self, Unpack

import httpx

from waymark.client import calls
from waymark.client.address import find_address
from waymark.client.blocking.catalog import CatalogItems, Origins
from waymark.client.blocking.driver import Driver
from waymark.client.blocking.events import Events
from waymark.client.blocking.interactions import Interactions
from waymark.client.blocking.keys import Keys
from waymark.client.blocking.queue import Queue
from waymark.client.blocking.traces import Traces
from waymark.client.buffer import OnRefused, OnUnsent, QueueLimits
from waymark.client.core import Core
from waymark.client.filters import ActivityOptions, TimelineOptions
from waymark.client.many import INTERACTIONS, Collected, batches
from waymark.client.models import (
    Activity,
    NewInteraction,
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
from waymark.client.retries import Retries
from waymark.client.spans import Span, continue_trace, current_span, unit_of_work
from waymark.client.unsent import Unsent


class Client:
    """A client of one server with one key. Threads may share it.

    Close it, or use it in a `with` block: that flushes its queues. Without `url` and `api_key` they come from
    `WAYMARK_URL` and `WAYMARK_API_KEY`, else from `credentials.json` in the data directory. A read that is given the
    results of writes as `after` shows them; with `read_your_writes` every read shows what this client wrote before.
    Every method raises a WaymarkError.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        data_dir: Path | None = None,
        retries: Retries | None = None,
        read_your_writes: bool = False,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._core = Core(retries or Retries(), read_your_writes)
        self._driver = Driver(self._core, find_address(url, api_key, data_dir), transport)
        self._queues: list[Queue] = []
        self._own_queue = self.queue()
        self.interactions = Interactions(self._driver)
        self.traces = Traces(self._driver)
        self.events = Events(self._driver)
        self.resource_types = CatalogItems(self._driver, "resource-types")
        self.actions = CatalogItems(self._driver, "actions")
        self.origins = Origins(self._driver, "origins")
        self.keys = Keys(self._driver)

    def record(
        self,
        resource_id: str,
        resource_type: str,
        action: str,
        origin: str,
        *,
        idempotency_key: str | None = None,
        **fields: Unpack[RecordFields],
    ) -> Recorded:
        """Record one interaction in the current unit of work and span; returns once the log has it."""
        item = NewInteraction(resource_id, resource_type, action, origin, **fields)
        return self._driver.drive(self._core.record(item, idempotency_key))

    def record_many(self, items: Iterable[NewInteraction]) -> RecordedMany:
        """Record many interactions, a thousand to a request; those without an id get one.

        Raises Unsent when some were refused, or could not be sent: then `items` was not read any further.
        """
        collected = Collected(INTERACTIONS)
        for batch in batches(items, collected):
            self._driver.drive(self._core.record_batch(batch, collected))
        return RecordedMany(items=collected.all_recorded(), position=collected.positions.header())

    def queue(
        self,
        limits: QueueLimits | None = None,
        *,
        on_refused: OnRefused | None = None,
        on_unsent: OnUnsent | None = None,
    ) -> Queue:
        """Make a queue that records in the background; it is flushed when it or this client is closed, or at exit."""
        queue = Queue(self._driver, limits or QueueLimits(), on_refused=on_refused, on_unsent=on_unsent)
        self._queues.append(queue)
        return queue

    def enqueue(
        self, resource_id: str, resource_type: str, action: str, origin: str, **fields: Unpack[RecordFields]
    ) -> str:
        """Record an interaction soon, by this client's own queue; returns the id it will have."""
        return self._own_queue.record(resource_id, resource_type, action, origin, **fields)

    def timeline(self, *, after: After | None = None, **options: Unpack[TimelineOptions]) -> Timeline:
        """Count interactions over time."""
        return self._driver.send(calls.timeline(options), after)

    def refresh_timeline(self, *, after: After | None = None) -> Refreshed:
        """Wait until the timeline counts everything accepted before the call."""
        return self._driver.send(calls.refresh_timeline(), after)

    def activity(self, *, after: After | None = None, **options: Unpack[ActivityOptions]) -> Page[Activity]:
        """Find who did what to several resources, by user and unit of work."""
        return self._driver.send(calls.search_activity(options), after)

    def trace(
        self, uow_id: str, *, cursor: str | None = None, limit: int | None = None, after: After | None = None
    ) -> Trace:
        """Read the records of a unit of work, a long one page by page. Raises NotFound when nothing is known of it."""
        return self._driver.send(calls.trace(uow_id, {"cursor": cursor, "limit": limit}), after)

    def trace_timeline(
        self, uow_id: str, *, cursor: str | None = None, limit: int | None = None, after: After | None = None
    ) -> TraceTimeline:
        """Read the key fields of a unit of work's records and the time between them, a long one page by page."""
        return self._driver.send(calls.trace_timeline(uow_id, {"cursor": cursor, "limit": limit}), after)

    def trace_tree(self, uow_id: str, *, after: After | None = None) -> TraceTree:
        """Read the records of a unit of work as a tree of spans and causes, with self times and the critical path."""
        return self._driver.send(calls.trace_tree(uow_id), after)

    def trace_summary(self, uow_id: str, *, after: After | None = None) -> TraceSummary:
        """Read a unit of work's counts, times, users and kinds."""
        return self._driver.send(calls.trace_summary(uow_id), after)

    def unit_of_work(self, uow_id: str | None = None, *, user_id: str | None = None) -> AbstractContextManager[Span]:
        """Begin a unit of work: everything recorded inside has its id, by whichever client."""
        return unit_of_work(uow_id, user_id=user_id)

    def continue_trace(self, headers: Mapping[str, str], *, user_id: str | None = None) -> AbstractContextManager[Span]:
        """Continue the unit of work that an incoming request names by its `traceparent` and `x-uowid`."""
        return continue_trace(headers, user_id=user_id)

    def headers(self) -> dict[str, str]:
        """Return the headers that continue the current span in a service that is called; empty outside of any span."""
        span = current_span()
        return span.headers() if span else {}

    def close(self) -> None:
        """Flush the queues and close the connections. Raises the first queue's Unsent."""
        unsent: list[Unsent] = []
        for queue in self._queues:
            try:
                queue.close()
            except Unsent as error:
                unsent.append(error)
        self._driver.close()
        if unsent:
            raise unsent[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            self.close()
        except Unsent as unsent:
            if error is None:
                raise
            error.add_note(str(unsent))
