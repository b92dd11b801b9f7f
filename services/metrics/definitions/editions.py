"""Editions of metrics: ways of computing values that begin, are shown once they are complete, and are retired.

Locks are taken in this order: the metric, its editions, the revision, which holds back all other changes of what is
computed, series, then rows of the schedule and runs. Whoever changes editions holds the metric by then.
"""

from __future__ import annotations

import uuid

from libs.objects.changes import Change
from libs.pg.database import Connection
from services.metrics.definitions.model import Metric
from services.metrics.definitions.store import DefinitionStore, EditionStore, raise_revision
from services.metrics.runs import requests


async def begin(change: Change, metric: Metric) -> None:
    """Begin the newest edition of the metric; retire the one that was being built."""
    store = _store(change, metric)
    retired = await store.retire_others([] if metric.serving is None else [metric.serving])
    series_id = await store.find_or_add_series(metric.definition.source, await raise_revision(change.conn))
    await store.insert(metric, series_id)
    if retired:
        await store.end_series()


async def keep(change: Change, metric: Metric) -> None:
    """Go on with the newest edition in a new version of the metric."""
    await _store(change, metric).keep(metric)


async def end(change: Change, metric: Metric) -> None:
    """Retire all editions of a metric that is deleted."""
    store = _store(change, metric)
    await store.retire_others([])
    await raise_revision(change.conn)
    await store.end_series()


async def serve(conn: Connection, tenant_id: str, metric_id: uuid.UUID, edition: int) -> bool:
    """Show the values of an edition whose first run is complete in place of those of the former one, which is retired.

    Return False where the metric was deleted or changed meanwhile. Call it before the transaction locks anything else
    of the metric.
    """
    await DefinitionStore(conn, tenant_id).lock(metric_id)
    store = EditionStore(conn, tenant_id, metric_id)
    if not await store.serve(edition):
        return False
    if await store.retire_others([edition]):
        await raise_revision(conn)
        await store.end_series()
        await requests.abandon(conn, tenant_id, metric_id, kept={edition})
    return True


def _store(change: Change, metric: Metric) -> EditionStore:
    return EditionStore(change.conn, change.tenant_id, metric.id)
