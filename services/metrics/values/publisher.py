"""The publisher: appends changes of stored values to their topic, in the order in which each value changed.

A row says what subscribers know of its value. Rows that differ from it are appended, then marked; a row that changed
meanwhile is marked with what was appended, and appended again. A publisher that dies between the two leaves the same to
be appended once more. Nothing of definitions is held.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from libs.background.waiting import wait_unless
from libs.contracts.metric_values import MetricValue, ValueKey, encode_metric_value, encode_removed, metric_text
from libs.contracts.paths import METRICS
from libs.contracts.times import format_time, to_ms
from libs.contracts.topics import METRIC_VALUES
from libs.eventlog.appending import append_all
from libs.eventlog.port import EventLog, Record
from libs.expressions.numbers import format_number
from libs.objects.changes import utc_now
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Database, Row
from libs.pg.sql_files import SqlFile
from libs.service.jobs import alone
from libs.telemetry.metrics import METRIC_VALUES_UNPUBLISHED
from services.metrics.feeding.dimensions import dimension_values

_sql = SqlFile.load(Path(__file__).with_name("publishing.sql"))
LOOK_S: Final = 0.5
OF_METRIC: Final = 500
"""How many values of one metric are appended at a time, so that many of one do not hold up those of others."""
METRICS_AT_ONCE: Final = 20
"""Of how many metrics values are read and appended at a time: what is in memory does not grow with their number."""
_BEFORE_ALL: Final = ("", uuid.UUID(int=0))
_COUNT_S: Final = 5.0
_COUNTED: Final = 10_000
_LOCK = f"waymark.{METRICS}.publisher"


class Publisher:
    """The job."""

    service = METRICS
    name = "publisher"

    async def run(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        await alone(
            db,
            _LOCK,
            stopping,
            lambda lease: self._work(log, lease, stopping),
            pause_s=LOOK_S,
            stand_by=lambda: METRIC_VALUES_UNPUBLISHED.set(0),  # the process that publishes tells them
        )

    async def _work(self, log: EventLog, lease: Connection, stopping: asyncio.Event) -> None:
        counted_at = -_COUNT_S
        while not stopping.is_set():
            if time.monotonic() - counted_at > _COUNT_S:
                counted_at = time.monotonic()
                METRIC_VALUES_UNPUBLISHED.set(await lease.fetchval(_sql.count_unpublished, _COUNTED))
            if not await publish(log, lease) + await clear_retired(log, lease):
                await wait_unless(stopping, LOOK_S)


async def publish(
    log: EventLog, conn: Connection, *, of_metric: int = OF_METRIC, at_once: int = METRICS_AT_ONCE
) -> int:
    """Append values of all metrics that subscribers do not know, mark them, and return how many there were.

    Raises LogUnavailable.
    """
    published, after = 0, _BEFORE_ALL
    while rows := await conn.fetch(_sql.unpublished, of_metric, *after, at_once):
        await _publish(log, conn, rows)
        published, after = published + len(rows), (rows[-1]["tenant_id"], rows[-1]["metric_id"])
    return published


async def _publish(log: EventLog, conn: Connection, rows: Sequence[Row]) -> None:
    await append_all(log, [_record(row) for row in rows])
    # Dying here appends the same once more, under the same ids.
    keys = _columns(rows)
    async with conn.transaction():
        await conn.execute(_sql.mark_published, *keys, [row["value"] for row in rows])
        await conn.execute(_sql.remove_succeeded, *keys)


async def clear_retired(log: EventLog, conn: Connection, *, of_edition: int = OF_METRIC) -> int:
    """Remove values of retired editions, a tombstone before where nothing follows; return how many there were.

    Raises LogUnavailable.
    """
    rows = await conn.fetch(_sql.retired_values, of_edition)
    if not rows:
        return 0
    now = utc_now()
    gone = [_tombstone(_key(row), format_time(now), to_ms(now)) for row in rows if row["is_gone"]]
    if gone:
        await append_all(log, gone)
    await conn.execute(_sql.remove_retired, *_columns(rows))
    return len(rows)


def _record(row: Row) -> Record:
    key, now_ms = _key(row), to_ms(utc_now())
    if row["value"] is None:
        return _tombstone(key, format_time(row["computed_at"]), now_ms)
    return Record(METRIC_VALUES.name, *encode_metric_value(key, _value(key, row)), now_ms)


def _tombstone(key: ValueKey, computed_at: str, now_ms: int) -> Record:
    return Record(METRIC_VALUES.name, *encode_removed(key, computed_at), now_ms)


def _value(key: ValueKey, row: Row) -> MetricValue:
    computed_at, days = row["computed_at"], row["window_days"]
    return MetricValue(
        id=key.value_id,
        metric_id=metric_text(key.metric_id),
        metric_name=row["name"],
        customer_id=key.customer,
        dimensions=dimension_values(row["source"]["group_by_dimensions"], key.dims),
        value=_number(row["value"]),
        record_count=row["records"],
        from_=None if days is None else format_time(computed_at - timedelta(days=days)),
        to=format_time(computed_at),
        computed_at=format_time(computed_at),
        previous_value=_number(row["previous"]),
    )


def _number(value: Decimal | None) -> msgspec.Raw:
    return msgspec.Raw(b"null" if value is None else format_number(value).encode())


def _key(row: Row) -> ValueKey:
    return ValueKey(row["tenant_id"], row["metric_id"], row["customer"], row["dims"])


def _columns(rows: Sequence[Row]) -> list[tuple[object, ...]]:
    return as_columns(
        [(row["tenant_id"], row["metric_id"], row["edition"], row["customer"], row["dims"]) for row in rows]
    )
