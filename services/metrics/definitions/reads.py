"""Metrics as requests see them: the definition, how far its values are, and what has been computed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from libs.contracts.metric_values import metric_text
from libs.contracts.times import format_time_if_any
from libs.httpkit.errors import require_found
from libs.httpkit.paging import cursor_after_id, id_of_cursor, page_and_last
from libs.objects.changes import Change
from libs.pg.database import Connection
from libs.projections.generations import ReadModel, as_of_snapshot
from libs.service.reading import Answer, reading
from services.metrics.backfill.progress import metric_states
from services.metrics.definitions.ids import metric_id_of
from services.metrics.definitions.kinds import metric_json
from services.metrics.definitions.model import NOUN, Metric, Status
from services.metrics.definitions.store import DefinitionStore
from services.metrics.family import page_json

_CURSOR: Final = "behavioral metrics"


@dataclass(frozen=True, slots=True)
class MetricReads:
    """Reads metrics; `model` is the read model of contributions as the request role sees it."""

    model: ReadModel

    async def get(self, tenant_id: str, metric_id: uuid.UUID) -> Answer:
        """Return the metric of that id; raises NotFound."""
        async with reading(self.model, tenant_id) as conn:
            return Answer(await _shown(conn, await identified(conn, tenant_id, metric_id)), await as_of_snapshot(conn))

    async def page(self, tenant_id: str, status: Status | None, *, after: str | None, limit: int) -> Answer:
        """Return a page of the metrics of a status, newest first, that goes on at the cursor `after`."""
        before = id_of_cursor(_CURSOR, after)
        async with reading(self.model, tenant_id, narrow_it="a smaller limit") as conn:
            store = DefinitionStore(conn, tenant_id)
            found = await store.list(status, before=before, limit=limit + 1)
            page, last = page_and_last(found, limit)
            shown, total = await _all_shown(conn, tenant_id, page), await store.count(status)
            as_of = await as_of_snapshot(conn)
        cursor = None if last is None else cursor_after_id(_CURSOR, last.id)
        return Answer(page_json(shown, total, cursor), as_of)

    async def written(self, change: Change, metric: Metric) -> dict[str, Any]:
        """Return the metric as it is shown after the change, in the change's transaction."""
        await self.model.enter(change.conn, change.tenant_id)
        return await _shown(change.conn, metric)

    async def written_before(self, conn: Connection, tenant_id: str, text: str) -> dict[str, Any]:
        """Return the metric that an earlier request made, in the caller's transaction; raises NotFound."""
        await self.model.enter(conn, tenant_id)
        return await _shown(conn, await identified(conn, tenant_id, metric_id_of(text)))


async def identified(conn: Connection, tenant_id: str, metric_id: uuid.UUID) -> Metric:
    """Return the metric of that id; raises NotFound."""
    return require_found(await DefinitionStore(conn, tenant_id).get(metric_id), NOUN, metric_text(metric_id))


async def _shown(conn: Connection, metric: Metric) -> dict[str, Any]:
    (shown,) = await _all_shown(conn, metric.tenant_id, [metric])
    return shown


async def _all_shown(conn: Connection, tenant_id: str, metrics: Sequence[Metric]) -> list[dict[str, Any]]:
    """Return metrics as answers have them, all of one snapshot."""
    ids = [metric.id for metric in metrics]
    figures = await DefinitionStore(conn, tenant_id).figures(ids)
    states = await metric_states(conn, tenant_id, ids)
    return [
        metric_json(metric)
        | {
            "lastComputedAt": format_time_if_any(figures[metric.id].last_computed_at),
            "nextComputeAt": format_time_if_any(figures[metric.id].next_compute_at),
            "skipped": {"notNumeric": figures[metric.id].not_numeric},
            "state": states[metric.id].json(),
            "_count": {"values": figures[metric.id].value_count},
        }
        for metric in metrics
    ]
