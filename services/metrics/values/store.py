"""Reads of one tenant's values; each is one statement of `queries.sql`, over a snapshot of the serving generation."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from libs.contracts.times import from_ms, to_ms
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from libs.projections.generations import as_of_snapshot
from services.metrics.values.computing import clock_ms
from services.metrics.values.model import CountedRecord, CustomerValue, NotCurrent, RollingPoint, ShownEdition

_SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))


class ValueStore:
    """One tenant's values, over a connection inside a transaction that has entered the read model."""

    def __init__(self, conn: Connection, tenant_id: str) -> None:
        self._conn = conn
        self._tenant_id = tenant_id

    async def as_of(self) -> datetime:
        """Return the moment before which everything that the log accepted is in the snapshot."""
        return await as_of_snapshot(self._conn)

    async def clock_ms(self) -> int:
        """Return the database's clock, rounded up to the next millisecond: whatever was accepted lies before."""
        return await clock_ms(self._conn)

    async def shown(self, metric_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, ShownEdition | NotCurrent]:
        """Return the editions that are shown, by the ids of their metrics; deleted ones are absent."""
        rows = await self._conn.fetch(_SQL.shown, self._tenant_id, metric_ids)
        return {row["id"]: self._shown(row) for row in rows}

    async def shown_at_ms(self, of: ShownEdition, customer: str, dims: str) -> int:
        """Return the instant of the value that a request without an instant shows for a key."""
        if not of.is_live:
            row = await self._conn.fetchrow(_SQL.stored_at, self._tenant_id, of.metric_id, of.edition, customer, dims)
            at = of.computed_at if row is None else row["computed_at"]
            if at is not None:
                return to_ms(at)
        return await self.clock_ms()

    async def stored(self, of: ShownEdition, customer: str | None, *, limit: int) -> Sequence[CustomerValue]:
        """Return the greatest stored values, of a customer or of all."""
        key = (self._tenant_id, of.metric_id, of.edition)
        if customer is None:
            rows = await self._conn.fetch(_SQL.stored_top, *key, limit)
        else:
            rows = await self._conn.fetch(_SQL.stored_of_customer, *key, limit, customer)
        return [CustomerValue(**dict(row)) for row in rows]

    async def computed(
        self, of: ShownEdition, customer: str | None, at_ms: int, *, limit: int
    ) -> Sequence[CustomerValue]:
        """Return the greatest values at an instant, of a customer or of all."""
        window, at = (*self._window(of), at_ms), from_ms(at_ms)
        if customer is None:
            rows = await self._conn.fetch(_SQL.computed_top, *window, limit)
            return [CustomerValue(**dict(row), computed_at=at) for row in rows]
        rows = await self._conn.fetch(_SQL.computed_of_customer, *window, customer, None, limit)
        return [CustomerValue(customer=customer, **dict(row), computed_at=at) for row in rows]

    async def computed_one(self, of: ShownEdition, customer: str, dims: str, at_ms: int) -> CustomerValue:
        """Return the value of a key at an instant."""
        window = (*self._window(of), at_ms)
        row = await self._conn.fetchrow(_SQL.computed_of_customer, *window, customer, [dims], 1)
        value, records = (None, 0) if row is None else (row["value"], row["records"])
        return CustomerValue(customer, dims, value, records, from_ms(at_ms))

    async def rolling(self, of: ShownEdition, customer: str, instants: Sequence[int]) -> Sequence[RollingPoint]:
        """Return the values of a customer at each instant where there is one, by dimensions, then by instant."""
        rows = await self._conn.fetch(_SQL.rolling_of_customer, *self._window(of), instants, customer)
        return [RollingPoint(*row) for row in rows]

    async def contributions(
        self, of: ShownEdition, customer: str, dims: str, at_ms: int, after: CountedRecord | None, *, limit: int
    ) -> Sequence[CountedRecord]:
        """Return the contributions of a key to the window at an instant, latest first, that follow `after`."""
        place = (None, None) if after is None else (after.event_at, after.record_id)
        of.require_filled()
        key = (self._tenant_id, of.series_id, customer, dims)
        rows = await self._conn.fetch(_SQL.contributions, *key, at_ms, of.window_days, *place, limit)
        return [CountedRecord(*row) for row in rows]

    async def computed_together(
        self, wanted: Sequence[tuple[ShownEdition, str | None]], customer: str, at_ms: int
    ) -> Sequence[tuple[Decimal | None, datetime | None]]:
        """Return a customer's value at an instant for each edition: of the dimensions, over all where they are None."""
        windows = as_columns(((*self._window(of)[1:], dims) for of, dims in wanted), 4)
        rows = await self._conn.fetch(_SQL.computed_together, self._tenant_id, customer, at_ms, *windows)
        return [(row["value"], from_ms(at_ms)) for row in rows]

    async def stored_together(
        self, wanted: Sequence[tuple[ShownEdition, str | None]], customer: str
    ) -> Sequence[tuple[Decimal | None, datetime | None]]:
        """Return a customer's stored value for each edition, as `computed_together` does, and as of when it is."""
        editions = as_columns(((of.metric_id, of.edition, of.function, dims) for of, dims in wanted), 4)
        rows = await self._conn.fetch(_SQL.stored_together, self._tenant_id, customer, *editions)
        return [(row["value"], row["computed_at"] or of.computed_at) for row, (of, _) in zip(rows, wanted, strict=True)]

    def _window(self, of: ShownEdition) -> tuple[object, ...]:
        of.require_filled()
        return self._tenant_id, of.series_id, of.function, of.window_days

    def _shown(self, row: Row) -> ShownEdition | NotCurrent:
        if row["edition"] is None:
            return NotCurrent(row["name"])
        columns = dict(row)
        source, metric_id = columns.pop("source"), columns.pop("id")
        dimensions = tuple(source["group_by_dimensions"])
        return ShownEdition(tenant_id=self._tenant_id, metric_id=metric_id, dimensions=dimensions, **columns)
