"""Reads and writes of one tenant's metric definitions and editions; each is one statement of `queries.sql`."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from libs.objects.names import fold_name
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.metrics.definitions.model import (
    Metric,
    MetricDefinition,
    MetricFigures,
    SeriesSource,
    Status,
)

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))


class DefinitionStore:
    """One tenant's definitions, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str) -> None:
        self._conn = conn
        self._tenant_id = tenant_id

    async def insert(self, metric: Metric) -> None:
        """Insert a definition."""
        await self._conn.execute(
            QUERIES.insert_definition,
            *(metric.tenant_id, metric.id, metric.version, *_columns(metric.definition), metric.edition),
            *(metric.created_at, metric.created_by, metric.updated_at, metric.updated_by),
        )

    async def update(self, metric: Metric) -> None:
        """Make the row as `metric` is, but for the edition that is shown."""
        await self._conn.execute(
            QUERIES.update_definition,
            *(metric.tenant_id, metric.id, metric.version, *_columns(metric.definition), metric.edition),
            *(metric.updated_at, metric.updated_by),
        )

    async def delete(self, metric_id: uuid.UUID) -> None:
        """Remove a definition."""
        await self._conn.execute(QUERIES.delete_definition, self._tenant_id, metric_id)

    async def get(self, metric_id: uuid.UUID) -> Metric | None:
        """Return the metric of that id."""
        return await self._one(QUERIES.get_definition, metric_id)

    async def lock(self, metric_id: uuid.UUID) -> Metric | None:
        """Hold the metric of that id against other writers, and return it."""
        return await self._one(QUERIES.lock_definition, metric_id)

    async def share(self, metric_id: uuid.UUID) -> Metric | None:
        """Hold the metric of that id against deletion, and return it."""
        return await self._one(QUERIES.share_definition, metric_id)

    async def list(self, status: Status | None, *, before: uuid.UUID | None, limit: int) -> Sequence[Metric]:
        """Return the metrics of a status, newest first, that are older than the one of the id `before`."""
        rows = await self._conn.fetch(QUERIES.list_definitions, self._tenant_id, status, before, limit)
        return [_metric(row) for row in rows]

    async def count(self, status: Status | None = None) -> int:
        """Return how many metrics there are of a status, or in all."""
        found: int = await self._conn.fetchval(QUERIES.count_definitions, self._tenant_id, status)
        return found

    async def figures(self, metric_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, MetricFigures]:
        """Return the figures of metrics; a generation of the read model is on the search path."""
        rows = await self._conn.fetch(QUERIES.figures, self._tenant_id, list(metric_ids))
        return {row["id"]: MetricFigures(**{name: row[name] for name in MetricFigures._fields}) for row in rows}

    async def _one(self, statement: str, metric_id: uuid.UUID) -> Metric | None:
        row = await self._conn.fetchrow(statement, self._tenant_id, metric_id)
        return None if row is None else _metric(row)


class EditionStore:
    """The editions of one metric, with their series, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str, metric_id: uuid.UUID) -> None:
        self._conn = conn
        self._tenant_id = tenant_id
        self._metric_id = metric_id

    async def insert(self, metric: Metric, series_id: int) -> None:
        """Insert the newest edition of the metric."""
        definition = metric.definition
        await self._conn.execute(
            QUERIES.insert_edition,
            *(*self._key, metric.edition, metric.version, series_id),
            *(definition.aggregate_function, definition.window_days, definition.compute_mode),
        )

    async def keep(self, metric: Metric) -> None:
        """Note the metric's version and mode at its newest edition."""
        await self._conn.execute(
            QUERIES.keep_edition, *self._key, metric.edition, metric.version, metric.definition.compute_mode
        )

    async def retire_others(self, kept: Collection[int]) -> Sequence[int]:
        """Retire all editions but those that are `kept`, and return them."""
        rows = await self._conn.fetch(QUERIES.retire_editions, *self._key, list(kept))
        return [row["edition"] for row in rows]

    async def serve(self, edition: int) -> bool:
        """Show the values of an edition that is being built; return False where it no longer is."""
        if await self._conn.fetchval(QUERIES.serve_edition, *self._key, edition) is None:
            return False
        await self._conn.execute(QUERIES.show_edition, *self._key, edition)
        return True

    async def find_or_add_series(self, source: SeriesSource, revision: int) -> int:
        """Return the id of the source's series; one that is added bears `revision`."""
        series_id: int = await self._conn.fetchval(
            QUERIES.find_or_add_series, self._tenant_id, source.digest, msgspec.to_builtins(source), revision
        )
        return series_id

    async def end_series(self) -> None:
        """End the tenant's series that no edition needs any more."""
        await self._conn.execute(QUERIES.end_series, self._tenant_id)

    @property
    def _key(self) -> tuple[str, uuid.UUID]:
        return self._tenant_id, self._metric_id


async def raise_revision(conn: Connection) -> int:
    """Raise the revision, which all tenants share, and return it; other changes wait until the transaction ends."""
    found: int = await conn.fetchval(QUERIES.raise_revision)
    return found


def state_of(definition: MetricDefinition) -> dict[str, Any]:
    """Return the definition's JSON shape, as it is stored, shown, and kept by its versions."""
    state: dict[str, Any] = msgspec.to_builtins(definition)
    return state


def _columns(definition: MetricDefinition) -> tuple[object, ...]:
    return definition.name, fold_name(definition.name), definition.status, state_of(definition)


def _metric(row: Row) -> Metric:
    columns = {name: value for name, value in row.items() if name not in {"name", "name_folded", "status"}}
    return Metric(**{**columns, "definition": msgspec.convert(columns["definition"], MetricDefinition)})
