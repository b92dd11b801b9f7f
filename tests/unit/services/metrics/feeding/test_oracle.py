"""What records contribute beside the oracle, which knows their bodies as they were posted: all sources, all records."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from libs.eventlog.port import StoredRecord
from services.metrics.definitions.model import SeriesSource
from services.metrics.feeding.index import Contribution, IndexedSeries, SeriesIndex
from tests.support.metrics import oracle
from tests.support.metrics.oracle import DAY_MS, OracleMetric
from tests.support.metrics.posted import EVENT, Posted, plain
from tests.support.metrics.random_definitions import random_metric
from tests.support.metrics.random_records import RandomRecords
from tests.support.records import START_MS
from tests.support.values.world import Tenant

ENCODER = msgspec.json.Encoder(decimal_format="number")
RECORDS, METRICS = 300, 300
Told = tuple[str, str, str, int, str | None]


async def test_every_record_contributes_what_was_posted_to_every_source() -> None:
    source = random.Random(7)
    made = RandomRecords(source, START_MS + 100 * DAY_MS)
    posted = [made.record() for _ in range(RECORDS)]
    tenant = Tenant()
    records = await recorded(tenant, posted)
    metrics = [random_metric(source, f"Metric {number}", made.now_ms) for number in range(METRICS)]
    index = SeriesIndex(
        IndexedSeries(tenant.id, number, series_source(metric)) for number, metric in enumerate(metrics)
    )
    contributed = 0
    for one, record in records:
        found = {contribution.series_id: contribution for contribution in index.contributions(record)}
        for number, metric in enumerate(metrics):
            expected = metric.contribution(one)
            assert told(found.get(number)) == expected_of(expected), (metric.body, one)
            contributed += expected is not None
    assert contributed > RECORDS * METRICS / 50


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


def series_source(metric: OracleMetric) -> SeriesSource:
    """Return the source of a metric as its body says it."""
    body = msgspec.json.decode(ENCODER.encode(metric.body))
    return SeriesSource(
        source_field=body["sourceField"],
        filter_conditions=body.get("filterConditions"),
        sql_filter=body.get("sqlFilter"),
        group_by_dimensions=tuple(body["groupByDimensions"]),
    )


def told(found: Contribution | None) -> Told | None:
    if found is None:
        return None
    number = None if found.number is None else plain(found.number)
    return found.record_id, found.customer, found.dims, found.event_at, number


def expected_of(given: oracle.Contribution | None) -> Told | None:
    if given is None:
        return None
    number = None if given.number is None else plain(given.number)
    return (
        f"{given.record.kind[0]}:{given.record.id}",
        given.customer,
        f"[{','.join(given.dims)}]",
        given.event_ms,
        number,
    )
