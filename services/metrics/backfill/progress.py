"""The state of a metric's newest edition, as its answers show it, and whether a series has all of its contributions.

Both are read in the caller's transaction, with a generation's schema first on the search path: what is shown beside
values fits the values.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from libs.contracts.times import format_ms
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile

PROGRESS_SQL = SqlFile.load(Path(__file__).with_name("progress.sql"))
FAILED_AFTER: Final = 5
"""After as many attempts in vain to fill a series in, its metrics say so."""

Phase = Literal["waiting", "backfilling", "current", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricState:
    """The state of a metric's newest edition. `progress` lies between 0 and 1, `covered_from` is in milliseconds.

    `serving_version` is the version of the definition whose values are shown, None before the first are complete.
    """

    phase: Phase
    progress: float
    records_read: int
    records_total: int
    serving_version: int | None
    covered_from: int | None
    error: str | None

    def json(self) -> dict[str, Any]:
        """Return the JSON shape of `state` in a definition."""
        return {
            "phase": self.phase,
            "progress": self.progress,
            "recordsRead": self.records_read,
            "recordsTotal": self.records_total,
            "servingVersion": self.serving_version,
            "coveredFrom": None if self.covered_from is None else format_ms(self.covered_from),
            "error": self.error,
        }


async def is_filled(conn: Connection, tenant_id: str, series_id: int) -> bool:
    """Return whether the generation has all contributions to a series that the live fold will not bring.

    Values computed from then on are complete.
    """
    return bool(await conn.fetchval(PROGRESS_SQL.is_filled, tenant_id, series_id))


async def unfilled_series(conn: Connection) -> set[tuple[str, int]]:
    """Return the series, of all tenants, that are not filled in the generation; those that failed are left out."""
    rows = await conn.fetch(PROGRESS_SQL.unfilled, FAILED_AFTER)
    return {(row["tenant_id"], row["id"]) for row in rows}


async def metric_states(
    conn: Connection, tenant_id: str, metric_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, MetricState]:
    """Return the states of those of a tenant's metrics that exist."""
    rows = await conn.fetch(PROGRESS_SQL.states, tenant_id, list(metric_ids), FAILED_AFTER)
    return {row["metric_id"]: _state(row) for row in rows}


def _state(row: Row) -> MetricState:
    phase = _phase(row)
    return MetricState(
        phase=phase,
        progress=_progress(row, phase),
        records_read=row["records_read"],
        records_total=row["records_total"],
        serving_version=row["serving_version"],
        covered_from=row["covered_from"],
        error=row["error"] if phase == "failed" else None,
    )


def _phase(row: Row) -> Phase:
    is_begun = row["is_folded_from_the_beginning"] or row["starts"] > 0
    if row["is_served"] and is_begun and row["unfilled"] == 0 and not row["is_refused"]:
        return "current"
    if row["error"] is not None:
        return "failed"
    return "backfilling" if is_begun else "waiting"


def _progress(row: Row, phase: Phase) -> float:
    """Return the share of the records that are read; a backfill of none waits for its cut, then for its run."""
    if phase == "current":
        return 1.0
    if row["records_total"] == 0:
        return 0.0
    return float(row["records_read"] * 10_000 // row["records_total"] / 10_000)
