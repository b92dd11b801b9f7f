"""Questions of requests about the history of events, each answered from one snapshot of the serving generation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from libs.httpkit.errors import Loc, NotFound
from libs.pg.database import Connection
from libs.pg.time_limits import bound_time
from libs.projections.generations import ReadModel
from libs.records.catalog import Catalog
from libs.records.render import event_json
from libs.service.reading import Answer, reading
from services.queries.events import store
from services.queries.events.filters import find_type, id_spellings, known_type, next_cursor
from services.queries.events.model import Criteria, Dimension, PageRequest
from services.queries.events.render import actors_json, aggregate_json

MAX_CAUSES = 100
_AGGREGATED = (Dimension.ALL, Dimension.EVENT_TYPE, Dimension.RESOURCE_TYPE, Dimension.ACTOR_TYPE)


@dataclass(frozen=True, slots=True)
class EventReads:
    """The events as requests see them. `search_timeout_s` bounds each statement of a request.

    `catch_up` brings the catalog to what it was when called, or raises LogUnavailable.
    """

    model: ReadModel
    catalog: Catalog
    search_timeout_s: float
    catch_up: Callable[[], Awaitable[None]]

    async def known_type(self, tenant_id: str, resource_type: str, loc: Loc) -> str:
        """Return as `filters.known_type`, of the catalog as it is now; a type is refused only then."""
        found = find_type(self.catalog, tenant_id, resource_type)
        if found is None:
            await self.catch_up()
        return found or known_type(self.catalog, tenant_id, resource_type, loc)

    async def resource(
        self, tenant_id: str, resource_type: str | None, resource_id: str | None, *, part: str = "query"
    ) -> tuple[str | None, tuple[str, ...]]:
        """Return the type as events have it, and the spellings of the id; `part` is where in the request they stood.

        Raises 422 for a type that is none, and for an id that none of its resources can have.
        """
        kind = None
        if resource_type is not None:
            kind = await self.known_type(tenant_id, resource_type, (part, "resource_type"))
        return kind, () if resource_id is None else id_spellings(kind, resource_id, (part, "resource_id"))

    async def find(self, tenant_id: str, criteria: Criteria, page: PageRequest, *, to_admin: bool = False) -> Answer:
        """Return a page of the events that meet the criteria, newest first; `to_admin` as in `event_json`."""
        async with self._reading(tenant_id) as conn:
            found = await store.find(conn, tenant_id, criteria, page)
            shown = found.places[: page.limit]
            events = await self._events(conn, tenant_id, [place.event_id for place in shown], to_admin=to_admin)
            fresh = await store.as_of(conn)
        more = len(found.places) > page.limit
        content = {
            "events": events,
            "hasNext": more,
            "limit": page.limit,
            "offset": page.offset,
            "total": found.total,
            "nextCursor": next_cursor(shown[-1], page.offset + len(shown)) if more else None,
        }
        return Answer(content, fresh)

    async def aggregate(self, tenant_id: str, start: datetime | None, end: datetime | None) -> Answer:
        """Return how many events a range has, by actor type, event type and resource type."""
        async with self._reading(tenant_id) as conn:
            sums = await store.sums(conn, tenant_id, _AGGREGATED, start, end)
            fresh = await store.as_of(conn)
        return Answer(aggregate_json(sums), fresh)

    async def by_actor(self, tenant_id: str, start: datetime | None, end: datetime | None, limit: int) -> Answer:
        """Return the sums of each actor's events in a range."""
        async with self._reading(tenant_id) as conn:
            found = await store.actors(conn, tenant_id, start, end, limit + 1)
            fresh = await store.as_of(conn)
        return Answer(actors_json(found, limit), fresh)

    async def get(self, tenant_id: str, event_id: str, *, to_admin: bool = False) -> dict[str, Any]:
        """Return one event; 404 when the tenant has none with this id."""
        async with self._reading(tenant_id) as conn:
            events = await self._events(conn, tenant_id, [event_id], to_admin=to_admin)
        if not events:
            raise NotFound(what="event", identifier=event_id)
        return events[0]

    async def causes(self, tenant_id: str, event_id: str, *, to_admin: bool = False) -> Answer:
        """Return the chain of an event's causes, its own first; 404 when the tenant has no such event.

        It ends with an event without a cause (`complete`), a cause that is not here (`missing`), one that came before
        (`cycle`) or after 100 (`truncated`).
        """
        async with self._reading(tenant_id) as conn:
            chain = await store.causes(conn, tenant_id, event_id, MAX_CAUSES)
            if not chain:
                raise NotFound(what="event", identifier=event_id)
            causes = [str(link["event_id"]) for link in chain[1:]]
            events = await self._events(conn, tenant_id, causes, to_admin=to_admin)
            fresh = await store.as_of(conn)
        last = chain[-1]
        cycle, truncated = bool(last["comes_again"]), last["depth"] == MAX_CAUSES and last["cause"] is not None
        ended = cycle or truncated or last["causation_id"] is None
        content = {
            "eventId": event_id,
            "causes": events,
            "complete": last["causation_id"] is None,
            "missing": None if ended else last["causation_id"],
            "cycle": cycle,
            "truncated": truncated and not cycle,
        }
        return Answer(content, fresh)

    async def _events(
        self, conn: Connection, tenant_id: str, event_ids: Sequence[str], *, to_admin: bool
    ) -> list[dict[str, Any]]:
        rows = await store.rows(conn, tenant_id, event_ids)
        return [event_json(tenant_id, row["correlation_id"], row, to_admin=to_admin) for row in rows]

    @asynccontextmanager
    async def _reading(self, tenant_id: str) -> AsyncIterator[Connection]:
        async with reading(self.model, tenant_id, narrow_it="another filter or a range of times") as conn:
            await bound_time(conn, self.search_timeout_s)
            yield conn
