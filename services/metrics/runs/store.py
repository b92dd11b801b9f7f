"""Reads and writes of one tenant's runs; each is one statement of `queries.sql`."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.metrics.definitions.model import EditionKey
from services.metrics.runs.model import KEPT, Run, RunKind
from services.metrics.values.model import KeyCursor, KeyScope

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """A run to be added; its fields are those of `Run`."""

    id: uuid.UUID
    metric_id: uuid.UUID
    edition: int
    kind: RunKind
    scope: KeyScope
    requested_at: datetime
    wanted: list[list[Any]] | None = None
    cause: Mapping[str, str] | None = None


class RunStore:
    """One tenant's runs, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str) -> None:
        self._conn = conn
        self._tenant_id = tenant_id

    async def add(self, request: RunRequest) -> Run:
        """Insert a run that waits."""
        row = await self._conn.fetchrow(
            QUERIES.add_run,
            *(self._tenant_id, request.id, request.metric_id, request.edition, request.kind, request.scope),
            *(request.wanted, request.cause, request.requested_at),
        )
        assert row is not None
        return _run(row)

    async def join(self, metric_id: uuid.UUID, edition: int, wanted: list[list[Any]]) -> Run | None:
        """Let the edition's manual run that has not begun want these positions, and return it; None without one."""
        return _run_if_any(await self._conn.fetchrow(QUERIES.join_run, self._tenant_id, metric_id, edition, wanted))

    async def get(self, metric_id: uuid.UUID, run_id: uuid.UUID) -> Run | None:
        """Return a run of a metric."""
        return _run_if_any(await self._conn.fetchrow(QUERIES.get_run, self._tenant_id, metric_id, run_id))

    async def lock(self, run_id: uuid.UUID) -> Run | None:
        """Hold the run against other writers, and return it."""
        return _run_if_any(await self._conn.fetchrow(QUERIES.lock_run, self._tenant_id, run_id))

    async def list(self, metric_id: uuid.UUID, *, before: uuid.UUID | None, limit: int) -> Sequence[Run]:
        """Return the metric's runs, newest first, that are older than the one of the id `before`."""
        rows = await self._conn.fetch(QUERIES.list_runs, self._tenant_id, metric_id, before, limit)
        return [_run(row) for row in rows]

    async def count(self, metric_id: uuid.UUID) -> int:
        """Return how many runs of the metric are kept."""
        found: int = await self._conn.fetchval(QUERIES.count_runs, self._tenant_id, metric_id)
        return found

    async def values_shown(self, metric_id: uuid.UUID) -> int:
        """Return how many values of the metric are shown."""
        found: int = await self._conn.fetchval(QUERIES.values_shown, self._tenant_id, metric_id)
        return found

    async def unfinished(self, metric_id: uuid.UUID) -> Sequence[Run]:
        """Return the metric's runs that are not over, by their ids."""
        return [_run(row) for row in await self._conn.fetch(QUERIES.unfinished_runs, self._tenant_id, metric_id)]

    async def fail(self, run_ids: Collection[uuid.UUID], reason: str) -> None:
        """Let those of the runs fail that are not over; `reason` is for the tenant."""
        await self._conn.execute(QUERIES.fail_runs, self._tenant_id, list(run_ids), reason)

    async def set_back(self, run_ids: Collection[uuid.UUID]) -> None:
        """Let those of the runs begin anew that are not over."""
        await self._conn.execute(QUERIES.set_back_runs, self._tenant_id, list(run_ids))

    async def begin(self, run: Run, at: datetime, generation: int, keys_total: int) -> None:
        """Let the run begin, or begin anew, as of `at` from a generation of the read model."""
        await self._conn.execute(QUERIES.begin_run, *_id(run), at, generation, keys_total)

    async def advance(self, run: Run, cursor: KeyCursor, keys: int, changed: int) -> None:
        """Note that `keys` more keys are computed, up to the cursor, of which `changed` have another value."""
        await self._conn.execute(QUERIES.advance_run, *_id(run), *cursor, keys, changed)

    async def finish(self, run: Run, value_count: int) -> None:
        """Note that the run is done."""
        await self._conn.execute(QUERIES.finish_run, *_id(run), value_count)

    async def retry(self, run: Run, error: str) -> None:
        """Note why an attempt ended, which another follows."""
        await self._conn.execute(QUERIES.retry_run, *_id(run), error)

    async def note_computed(self, run: Run) -> None:
        """Note at the edition that the run is done, and what its values are computed from."""
        generation = run.generation if run.scope == "all" else None
        key = (run.tenant_id, run.metric_id, run.edition)
        await self._conn.execute(QUERIES.note_computed, *key, run.at, generation)

    async def delete_of(self, metric_id: uuid.UUID) -> None:
        """Remove the metric's runs."""
        await self._conn.execute(QUERIES.delete_runs, self._tenant_id, metric_id)


async def hold_outdated(conn: Connection, generation: int) -> Sequence[EditionKey]:
    """Hold the serving editions of active metrics that are not computed from the generation and wait for no run.

    Leaves out those that others hold.
    """
    return [EditionKey(*row) for row in await conn.fetch(QUERIES.from_other_generations, generation)]


async def purge_old(conn: Connection) -> None:
    """Remove the runs of all tenants that have been over for longer than they are kept."""
    await conn.execute(QUERIES.purge_runs, KEPT)


def _id(run: Run) -> tuple[str, uuid.UUID]:
    return run.tenant_id, run.id


def _run_if_any(row: Row | None) -> Run | None:
    return None if row is None else _run(row)


def _run(row: Row) -> Run:
    columns = dict(row.items())
    cursor = KeyCursor(columns.pop("cursor_customer"), columns.pop("cursor_dims"))
    return Run(**columns, cursor=cursor)
