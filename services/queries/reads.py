"""What requests ask of the history, each answered from one snapshot of the serving generation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import asyncpg

from libs.eventlog.generations import ReadModel
from libs.httpkit.errors import not_found, unavailable, unprocessable
from libs.httpkit.paging import Page
from libs.pg.database import Connection, Record
from services.queries import store
from services.queries.catalog import Catalog
from services.queries.codes import Codes
from services.queries.filters import next_cursor
from services.queries.gaps import Gap, find_gaps
from services.queries.model import Criteria, PageRequest
from services.queries.render import interaction_json


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list: items ready for JSON, how many there are in all, what follows, how fresh it is."""

    items: list[dict[str, Any]]
    total: int
    next_cursor: str | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class History:
    """The history as requests see it. `json_timeout_s` bounds each statement of a list with JSON filters."""

    model: ReadModel
    catalog: Catalog
    json_timeout_s: float
    codes: Codes = field(default_factory=Codes)

    async def find(self, tenant_id: str, criteria: Criteria, page: PageRequest, number: int) -> Listed:
        """A page of the interactions that meet the criteria; `number` is the page's own."""
        ids = self.catalog.facet_ids(tenant_id, criteria)
        async with self._reading(tenant_id) as conn:
            seen = await store.snapshot(conn)
            facets = None if ids is None else await self.codes.facets(conn, seen.generation, tenant_id, ids)
            if facets is None:
                return Listed([], 0, None, seen.as_of)
            if criteria.json_filters:
                await store.bound_time(conn, self.json_timeout_s)
            found = await store.find(conn, tenant_id, criteria, facets, replace(page, limit=page.limit + 1))
            rows = await store.rows(conn, tenant_id, found.numbers[: page.limit])
            items = await self._shown(conn, seen.generation, tenant_id, rows)
        following = None
        if len(found.numbers) > page.limit:
            following = next_cursor(criteria.date_field, rows[-1]["number"], rows[-1]["event_at"], number + 1)
        return Listed(items, found.total, following, seen.as_of)

    async def get(self, tenant_id: str, interaction_id: str) -> dict[str, Any]:
        """One interaction; 404 when the tenant has none with this id."""
        async with self._reading(tenant_id) as conn:
            seen = await store.snapshot(conn)
            row = await store.row_by_id(conn, tenant_id, interaction_id)
            if row is None:
                raise not_found("interaction", interaction_id)
            return (await self._shown(conn, seen.generation, tenant_id, [row]))[0]

    async def gaps(self, tenant_id: str, page: Page) -> tuple[int, list[Gap], datetime]:
        """How many runs of missing numbers there are, a page of them, and how fresh that is."""
        frontier = self.catalog.frontier(tenant_id)
        async with self._reading(tenant_id) as conn:
            seen = await store.snapshot(conn)
            total, gaps = await find_gaps(conn, tenant_id, frontier, offset=page.offset, limit=page.limit)
        return total, gaps, seen.as_of

    async def _shown(
        self, conn: Connection, generation: str, tenant_id: str, rows: Sequence[Record]
    ) -> list[dict[str, Any]]:
        codes = (code for row in rows for code in (row["type_code"], row["action_code"], row["origin_code"]))
        names = await self.codes.names(conn, generation, tenant_id, codes)
        return [interaction_json(tenant_id, row, names, self.catalog) for row in rows]

    @asynccontextmanager
    async def _reading(self, tenant_id: str) -> AsyncIterator[Connection]:
        try:
            async with self.model.transaction(tenant_id) as conn:
                yield conn
        except asyncpg.QueryCanceledError:
            raise unavailable("the query takes too long; narrow it by a filter that an index serves") from None
        except asyncpg.DataError:
            raise unprocessable(("query", "jsonFilters"), "a value at the path cannot be compared") from None
