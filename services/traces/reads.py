"""Questions of requests about traces, each answered from one snapshot of the serving generation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import orjson

from libs.contracts.reference import RESOURCE_TYPE
from libs.contracts.times import to_ms
from libs.httpkit.errors import NotFound, Unprocessable, Violation
from libs.httpkit.paging import Page, Pagination
from libs.pg.database import Connection, Row
from libs.pg.time_limits import bound_time
from libs.projections.generations import ReadModel
from libs.records.catalog import Catalog
from libs.records.index_key import index_key
from libs.records.render import event_json, recorded_json
from libs.service.reading import Answer, reading
from services.traces import render, store
from services.traces.filters import cursor_after, next_page_cursor
from services.traces.model import Criteria, PageRequest, Place, Window
from services.traces.records import type_key
from services.traces.tree import build_tree

MAX_TREE_RECORDS = 20_000


class Slice(NamedTuple):
    """Records of both kinds in one order, and the one that follows them."""

    rows: list[Row]
    following: Row | None

    @property
    def next_cursor(self) -> str | None:
        """The cursor of the next page; None at the end."""
        return None if self.following is None else cursor_after(render.place_of(self.rows[-1]))


@dataclass(frozen=True, slots=True)
class TracesReads:
    """Traces as requests see them. `search_timeout_s` bounds each statement of a search."""

    model: ReadModel
    catalog: Catalog
    search_timeout_s: float

    async def records(
        self, tenant_id: str, uow_id: str, after: Place | None, limit: int, *, to_admin: bool = False
    ) -> Answer:
        """Return a page of a trace's records, whole, in chronological order; 404 when the tenant has no such trace.

        `to_admin` as in `event_json`.
        """
        async with self._trace(tenant_id, uow_id) as (conn, summary):
            found = _merged(*await store.records(conn, tenant_id, summary["uow_id"], after, limit + 1), limit)
            fresh = await store.as_of(conn)
        content = {
            "uowId": uow_id,
            "interactions": [
                recorded_json(tenant_id, row, self.catalog) for row in found.rows if not render.is_event(row)
            ],
            "events": [
                event_json(tenant_id, uow_id, row, to_admin=to_admin) for row in found.rows if render.is_event(row)
            ],
            "total": summary["interactions"] + summary["events"],
            "nextCursor": found.next_cursor,
        }
        return Answer(content, fresh)

    async def timeline(self, tenant_id: str, uow_id: str, after: Place | None, limit: int) -> Answer:
        """Return a page of a trace's records, key fields only, with the times between them."""
        async with self._trace(tenant_id, uow_id) as (conn, summary):
            found = _merged(*await store.keys(conn, tenant_id, summary["uow_id"], after, limit + 1), limit)
            fresh = await store.as_of(conn)
        named = render.namer(tenant_id, self.catalog)
        shown = [render.key_fields(tenant_id, row, named) for row in found.rows]
        known = found.rows if found.following is None else [*found.rows, found.following]
        entries = render.timeline_json(
            shown,
            [to_ms(row["event_at"]) for row in known],
            started_ms=to_ms(summary["started_at"]),
            before_ms=None if after is None else to_ms(after.at),
        )
        return Answer({"uowId": uow_id, "entries": entries, "nextCursor": found.next_cursor}, fresh)

    async def summary(self, tenant_id: str, uow_id: str) -> Answer:
        """Return the summary of the whole trace."""
        async with self._trace(tenant_id, uow_id) as (conn, summary):
            members = await store.members(conn, tenant_id, [summary["uow_id"]])
            fresh = await store.as_of(conn)
        return Answer(render.summary_json(tenant_id, summary, members[summary["uow_id"]], self.catalog), fresh)

    async def tree(self, tenant_id: str, uow_id: str) -> Answer:
        """Return who led to whom; 422 for a trace of more than 20,000 records."""
        async with self._trace(tenant_id, uow_id) as (conn, summary):
            total = summary["interactions"] + summary["events"]
            if total > MAX_TREE_RECORDS:
                why = f"the trace has {total} records; a tree is made of at most {MAX_TREE_RECORDS}"
                raise Unprocessable(Violation(("path", "uowId"), why, "trace_too_large"))
            rows = _merged(*await store.keys(conn, tenant_id, summary["uow_id"], None, total), total).rows
            fresh = await store.as_of(conn)
        # In a thread, so that other requests are answered meanwhile.
        return Answer(await asyncio.to_thread(self._tree, tenant_id, uow_id, rows), fresh)

    async def search(self, tenant_id: str, criteria: Criteria, page: PageRequest, number: int) -> Answer:
        """Return a page of the summaries of traces that meet the criteria; `number` is the page's own."""
        sought = self._sought(tenant_id, criteria)
        async with self._reading(tenant_id) as conn:
            fresh = await store.as_of(conn)
            if sought is None:
                return Answer(_listed([], 0, None, Page(number, page.limit)), fresh)
            await bound_time(conn, self.search_timeout_s)
            found = await store.search(conn, tenant_id, sought, page)
            uow_ids = [started.uow_id for started in found.started[: page.limit]]
            rows = await store.summaries(conn, tenant_id, uow_ids)
            members = await store.members(conn, tenant_id, uow_ids)
        more = len(found.started) > page.limit
        cursor = next_page_cursor(found.started[page.limit - 1], number + 1) if more else None
        items = [render.summary_json(tenant_id, row, members[row["uow_id"]], self.catalog) for row in rows]
        return Answer(_listed(items, found.total, cursor, Page(number, page.limit)), fresh)

    async def correlated(
        self, tenant_id: str, correlation_id: str, offset: int, limit: int, *, to_admin: bool = False
    ) -> Answer:
        """Return a page of a correlation's events, oldest first; one that nobody knows has none."""
        async with self._reading(tenant_id) as conn:
            fresh = await store.as_of(conn)
            found = await store.summaries(conn, tenant_id, [index_key(correlation_id)])
            total = found[0]["events"] if found else 0
            await bound_time(conn, self.search_timeout_s)
            rows = await store.correlated(conn, tenant_id, index_key(correlation_id), Window(offset, limit, total))
        content = {
            "events": [event_json(tenant_id, correlation_id, row, to_admin=to_admin) for row in rows],
            "hasNext": offset + limit < total,
            "limit": limit,
            "offset": offset,
            "total": total,
        }
        return Answer(content, fresh)

    async def graph(self, tenant_id: str, first: date, last: date) -> Answer:
        """Return who follows whom on these UTC days."""
        async with self._reading(tenant_id) as conn:
            counts = await store.origin_counts(conn, tenant_id, first, last)
            links = await store.origin_links(conn, tenant_id, first, last)
            fresh = await store.as_of(conn)
        shown = render.graph_json(tenant_id, counts, links, self.catalog)
        return Answer({"startDate": first.isoformat(), "endDate": last.isoformat(), **shown}, fresh)

    def _tree(self, tenant_id: str, uow_id: str, rows: Sequence[Row]) -> dict[str, Any]:
        """Return the answer, whose nodes are JSON text already: writing ten thousand takes long, too."""
        entries = [render.tree_entry(row) for row in rows]
        tree = build_tree(entries)
        named = render.namer(tenant_id, self.catalog)
        fields = [render.key_fields(tenant_id, row, named) | render.ending_fields(row) for row in rows]
        return {
            "uowId": uow_id,
            "roots": [entries[root].id for root in tree.roots],
            "nodes": orjson.Fragment(orjson.dumps(render.tree_json(tree, entries, fields))),
            "total": len(rows),
        }

    def _sought(self, tenant_id: str, criteria: Criteria) -> store.Sought | None:
        """Return the criteria with the catalog's ids.

        None when it lacks an action or origin, so that nothing can match.
        """
        ids = self.catalog.facet_ids(tenant_id, action=criteria.action, origin=criteria.origin)
        if ids is None:
            return None
        types: list[str] = []
        if criteria.resource_type is not None:
            type_id = self.catalog.id_of(tenant_id, RESOURCE_TYPE, criteria.resource_type)
            types = [type_key(criteria.resource_type), *([type_id] if type_id else [])]
        return store.sought(criteria, ids, types)

    @asynccontextmanager
    async def _trace(self, tenant_id: str, uow_id: str) -> AsyncIterator[tuple[Connection, Row]]:
        async with self._reading(tenant_id) as conn:
            found = await store.summaries(conn, tenant_id, [index_key(uow_id)])
            if not found:
                raise NotFound(what="trace", identifier=uow_id)
            yield conn, found[0]

    @asynccontextmanager
    async def _reading(self, tenant_id: str) -> AsyncIterator[Connection]:
        async with reading(self.model, tenant_id, narrow_it="when traces started, or by a user") as conn:
            yield conn


def _merged(interactions: Sequence[Row], events: Sequence[Row], limit: int) -> Slice:
    """Merge both kinds and return the first `limit` records; either may hold one beyond, a sign that more follow."""
    rows = [*interactions, *events]
    if interactions and events:
        rows.sort(key=render.place_of)
    ends = [render.place_of(part[-1]) for part in (interactions, events) if part and _follows(part, limit)]
    shown = rows[:limit]
    if ends:
        end = min(ends)
        shown = [row for row in shown if render.place_of(row) < end]
    return Slice(shown, rows[len(shown)] if len(shown) < len(rows) else None)


def _follows(part: Sequence[Row], limit: int) -> bool:
    """Return whether the last record of `part` lies beyond the page."""
    return len(part) > limit or ("bytes_before" in part[-1] and part[-1]["bytes_before"] >= store.PAGE_BYTES)


def _listed(items: list[dict[str, Any]], total: int, cursor: str | None, page: Page) -> dict[str, Any]:
    pagination = Pagination.of(page, total, cursor).as_json()
    pagination["hasNext"] = cursor is not None
    return {"data": items, "pagination": pagination}
