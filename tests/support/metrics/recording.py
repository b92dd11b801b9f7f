"""Records that the door makes of what was posted, and sources of series as bodies say them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from libs.eventlog.port import StoredRecord
from services.metrics.definitions.model import MetricDefinition, SeriesSource
from tests.support.metrics.oracle import OracleMetric
from tests.support.metrics.posted import EVENT, Posted
from tests.support.records import START_MS
from tests.support.sending import ENCODER
from tests.support.values.world import Tenant


async def recorded(tenant: Tenant, posted: Sequence[Posted]) -> list[tuple[Posted, StoredRecord]]:
    """Return the records that the door makes of what was posted, beside it, with the times of their acceptance."""
    pairs = []
    for kind in ("interaction", "event"):
        several = [named(one) for one in posted if one.kind == kind]
        bodies = [ENCODER.encode(one.body) for one in several]
        made = await (tenant.events(bodies, as_cloud_events=False) if kind == EVENT else tenant.interactions(bodies))
        for at, (one, record) in enumerate(zip(several, made, strict=True), start=1):
            assert isinstance(record, StoredRecord), record
            pairs.append((Posted(one.kind, one.id, one.body, START_MS + at), record))
    return pairs


def named(one: Posted) -> Posted:
    """Name an actor that is no customer where there is none: else the door's own caller is meant."""
    if one.kind != EVENT or "actorId" in one.body:
        return one
    return Posted(one.kind, one.id, {**one.body, "actorId": "job", "actorType": "service"}, one.accepted_ms)


def definition_of(metric: OracleMetric) -> MetricDefinition:
    """Return a metric as its body says it."""
    return msgspec.json.decode(ENCODER.encode(metric.body), type=MetricDefinition)


def series_source(metric: OracleMetric) -> SeriesSource:
    """Return the source of a metric."""
    return definition_of(metric).source
