"""Changes of behavioural metrics, each by its rule and within the caller's change.

A change of the function, the window or the series begins an edition; any other change leaves the values as they are,
but that a metric which is resumed, or whose mode changes, has all of them computed once.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from libs.contracts.metric_values import metric_text
from libs.httpkit.errors import require_found
from libs.objects.changes import Change
from libs.objects.limits import require_room
from libs.objects.names import NameTaken, unique
from libs.objects.versions import add_version, end_versions, is_same_json
from services.metrics.definitions import editions
from services.metrics.definitions.consistency import require_consistent
from services.metrics.definitions.errors import MetricLimitReached, MetricReferenced
from services.metrics.definitions.kinds import METRIC_DEFINITIONS
from services.metrics.definitions.model import MAX_METRICS, NOUN, Metric, MetricDefinition
from services.metrics.definitions.store import DefinitionStore, state_of
from services.metrics.rules.references import references_to
from services.metrics.runs import requests


async def create(change: Change, definition: MetricDefinition) -> Metric:
    """Create a metric. Raises Unprocessable, NameTaken, MetricLimitReached."""
    require_consistent(definition)
    store = DefinitionStore(change.conn, change.tenant_id)
    full = MetricLimitReached(limit=MAX_METRICS)
    await require_room(change, METRIC_DEFINITIONS, store.count, MAX_METRICS, full)
    now, by = change.now(), change.cause.actor.id
    metric = Metric(
        tenant_id=change.tenant_id,
        id=change.new_id(),
        version=1,
        definition=definition,
        edition=1,
        serving=None,
        created_at=now,
        created_by=by,
        updated_at=now,
        updated_by=by,
    )
    async with unique(change.conn, "metric_names", _name_taken(definition)):
        await store.insert(metric)
    await _keep(change, metric, "created")
    await editions.begin(change, metric)
    await requests.follow(change, None, metric)
    return metric


async def update(change: Change, metric_id: uuid.UUID, changes: Mapping[str, Any]) -> Metric:
    """Change fields of the metric's definition; those that change nothing make no version.

    Raises NotFound, Unprocessable, NameTaken.
    """
    store = DefinitionStore(change.conn, change.tenant_id)
    before = await _held(store, metric_id)
    definition: MetricDefinition = msgspec.structs.replace(before.definition, **changes)
    if is_same_json(state_of(definition), state_of(before.definition)):
        return before
    require_consistent(definition)
    is_new_edition = not _is_computed_alike(definition, before.definition)
    after = replace(
        before,
        version=before.version + 1,
        definition=definition,
        edition=before.edition + is_new_edition,
        updated_at=change.now(),
        updated_by=change.cause.actor.id,
    )
    async with unique(change.conn, "metric_names", _name_taken(definition)):
        await store.update(after)
    await _keep(change, after, _happened(before.definition, definition))
    if is_new_edition:
        await editions.begin(change, after)
    else:
        await editions.keep(change, after)
    await requests.follow(change, before, after)
    return after


async def delete(change: Change, metric_id: uuid.UUID) -> None:
    """Delete the metric; its name is free, its values and what is counted for it alone are removed later.

    Raises NotFound, MetricReferenced.
    """
    store = DefinitionStore(change.conn, change.tenant_id)
    before = await _held(store, metric_id)
    await _require_unreferenced(change, metric_id)
    ended = replace(before, version=before.version + 1, updated_at=change.now(), updated_by=change.cause.actor.id)
    await store.delete(metric_id)
    await end_versions(change.conn, METRIC_DEFINITIONS, ended, ended.version)
    await change.publish(METRIC_DEFINITIONS, ended, "deleted")
    await editions.end(change, ended)
    await requests.end(change, metric_id)


async def _held(store: DefinitionStore, metric_id: uuid.UUID) -> Metric:
    return require_found(await store.lock(metric_id), NOUN, metric_text(metric_id))


async def _require_unreferenced(change: Change, metric_id: uuid.UUID) -> None:
    references = await references_to(change.conn, change.tenant_id, metric_id)
    if references:
        raise MetricReferenced(references)


async def _keep(change: Change, metric: Metric, happened: str) -> None:
    await add_version(change.conn, METRIC_DEFINITIONS, metric, metric.version, state_of(metric.definition))
    await change.publish(METRIC_DEFINITIONS, metric, happened)


def _is_computed_alike(one: MetricDefinition, other: MetricDefinition) -> bool:
    return (one.aggregate_function, one.window_days, one.source.digest) == (
        other.aggregate_function,
        other.window_days,
        other.source.digest,
    )


def _happened(before: MetricDefinition, after: MetricDefinition) -> str:
    if before.status == after.status:
        return "updated"
    return "paused" if after.status == "paused" else "resumed"


def _name_taken(definition: MetricDefinition) -> NameTaken:
    return NameTaken(noun=NOUN, name=definition.name)
