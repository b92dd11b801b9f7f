"""Questions of requests about the history, each answered from one snapshot of the serving generation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from libs.contracts.reference import ACTION, RESOURCE_TYPE
from libs.httpkit.errors import require_found
from libs.httpkit.paging import Page
from libs.pg.database import Connection, Row
from libs.pg.time_limits import bound_time
from libs.projections.generations import ReadModel
from libs.records.catalog import Catalog
from libs.records.render import FacetName
from libs.service.reading import reading
from services.queries.interactions import store
from services.queries.interactions.codes import Codes
from services.queries.interactions.counts import counts_by_bucket
from services.queries.interactions.filters import next_cursor
from services.queries.interactions.gaps import Gap, find_gaps
from services.queries.interactions.model import (
    Activity,
    ActivityCriteria,
    ActivityGroup,
    Criteria,
    Facets,
    PageRequest,
    ResourceWanted,
    Timeline,
)
from services.queries.interactions.render import interaction_json, mnemonic_of
from services.queries.interactions.timeline import Window


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list: items ready for JSON, the total, the next cursor, and the accept time it is complete up to."""

    items: list[dict[str, Any]]
    total: int
    next_cursor: str | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class HistoryReads:
    """The history as requests see it. `search_timeout_s` bounds each statement of activity and JSON filters."""

    model: ReadModel
    catalog: Catalog
    search_timeout_s: float
    codes: Codes = field(default_factory=Codes)

    async def find(self, tenant_id: str, criteria: Criteria, page: PageRequest, number: int) -> Listed:
        """Return a page of the interactions that meet the criteria; `number` is the page's own."""
        async with self._reading(tenant_id) as conn:
            seen = await store.snapshot(conn)
            facets = await self._facets(conn, seen.generation, tenant_id, criteria)
            if facets is None:
                return Listed([], 0, None, seen.as_of)
            if criteria.json_filters:
                await bound_time(conn, self.search_timeout_s)
            found = await store.find(conn, tenant_id, criteria, facets, replace(page, limit=page.limit + 1))
            rows = await store.rows(conn, tenant_id, found.numbers[: page.limit])
            items = await self._shown(conn, seen.generation, tenant_id, rows)
        following = None
        if len(found.numbers) > page.limit:
            following = next_cursor(criteria.date_field, rows[-1]["number"], rows[-1]["event_at"], number + 1)
        return Listed(items, found.total, following, seen.as_of)

    async def timeline(self, tenant_id: str, criteria: Criteria, window: Window, kind: str | None) -> Timeline:
        """Return counts of what meets the criteria's facets, by bucket and, with a kind, by its catalog items."""
        async with self._reading(tenant_id) as conn:
            seen = await store.snapshot(conn)
            facets = await self._facets(conn, seen.generation, tenant_id, criteria)
            if facets is None:
                return _timeline(window, {}, kind, seen.as_of)
            counts = await counts_by_bucket(conn, tenant_id, window, facets, kind, criteria.date_field)
            if kind is None:
                return _timeline(window, {"": counts[0]} if counts else {}, kind, seen.as_of)
            names = await self.codes.names(conn, seen.generation, tenant_id, counts)
        groups = {
            mnemonic_of(tenant_id, kind, names[code], self.catalog): by_bucket for code, by_bucket in counts.items()
        }
        return _timeline(window, groups, kind, seen.as_of)

    async def activity(self, tenant_id: str, criteria: ActivityCriteria, page: Page) -> Activity:
        """Return a page of the activity that meets the criteria, by user and unit of work."""
        async with self._reading(tenant_id) as conn:
            seen = await store.snapshot(conn)
            facets = await self._facets(conn, seen.generation, tenant_id, criteria.rest)
            wanted = await self._resources(conn, seen.generation, tenant_id, criteria.resources)
            if facets is None or (criteria.resources and not wanted):
                return Activity([], 0, seen.as_of)
            await bound_time(conn, self.search_timeout_s)
            total, rows = await store.activity(conn, tenant_id, criteria.rest, facets, wanted, page)
            codes = (code for row in rows for code in (*row["action_codes"], *row["type_codes"]))
            names = await self.codes.names(conn, seen.generation, tenant_id, codes)
        return Activity([self._group(tenant_id, row, names) for row in rows], total, seen.as_of)

    async def get(self, tenant_id: str, interaction_id: str) -> dict[str, Any]:
        """Return one interaction; 404 when the tenant has none with this id."""
        async with self._reading(tenant_id) as conn:
            seen = await store.snapshot(conn)
            row = require_found(await store.row_by_id(conn, tenant_id, interaction_id), "interaction", interaction_id)
            return (await self._shown(conn, seen.generation, tenant_id, [row]))[0]

    async def gaps(self, tenant_id: str, page: Page) -> tuple[int, list[Gap], datetime]:
        """Return how many runs of missing numbers there are, a page of them, and how fresh that is."""
        frontier = self.catalog.frontier(tenant_id)
        async with self._reading(tenant_id) as conn:
            seen = await store.snapshot(conn)
            total, gaps = await find_gaps(conn, tenant_id, frontier, offset=page.offset, limit=page.limit)
        return total, gaps, seen.as_of

    async def _facets(self, conn: Connection, generation: str, tenant_id: str, criteria: Criteria) -> Facets | None:
        """Return the codes of the mnemonics that the criteria name; None when one of them is on no row."""
        ids = self.catalog.facet_ids(
            tenant_id, resource_type=criteria.resource_type, action=criteria.action, origin=criteria.origin
        )
        return None if ids is None else await self.codes.facets(conn, generation, tenant_id, ids)

    async def _resources(
        self, conn: Connection, generation: str, tenant_id: str, wanted: Sequence[ResourceWanted]
    ) -> list[tuple[int, str | None]]:
        """Return the resources by the codes of their types (0 is any).

        Those of a type that is on no row are left out.
        """
        found = []
        for resource in wanted:
            of_type = Criteria(resource_type=resource.resource_type)
            facets = await self._facets(conn, generation, tenant_id, of_type)
            if facets is not None:
                found.append((facets.type_code, resource.resource_id))
        return found

    def _group(self, tenant_id: str, row: Row, names: Mapping[int, FacetName]) -> ActivityGroup:
        def mnemonic(kind: str, code: int) -> str:
            return mnemonic_of(tenant_id, kind, names[code], self.catalog)

        resources = zip(row["type_codes"], row["resource_ids"], strict=True)
        return ActivityGroup(
            user_id=row["user_id"],
            uow_id=row["uow_id"],
            count=row["n"],
            first=row["first_at"],
            last=row["last_at"],
            actions=sorted(mnemonic(ACTION, code) for code in row["action_codes"]),
            resources=sorted((mnemonic(RESOURCE_TYPE, code), resource_id) for code, resource_id in resources),
            resource_count=row["resource_count"],
        )

    async def _shown(
        self, conn: Connection, generation: str, tenant_id: str, rows: Sequence[Row]
    ) -> list[dict[str, Any]]:
        codes = (code for row in rows for code in (row["type_code"], row["action_code"], row["origin_code"]))
        names = await self.codes.names(conn, generation, tenant_id, codes)
        return [interaction_json(tenant_id, row, names, self.catalog) for row in rows]

    def _reading(self, tenant_id: str) -> AbstractAsyncContextManager[Connection]:
        return reading(self.model, tenant_id, narrow_it="a filter that an index serves")


def _timeline(window: Window, groups: Mapping[str, Sequence[int]], kind: str | None, as_of: datetime) -> Timeline:
    """Return the timeline; where nothing matches and nothing is grouped by, its one group is empty buckets."""
    if not groups and kind is None:
        groups = {"": [0] * window.bucket_count}
    return Timeline(groups, kind is not None, as_of)
