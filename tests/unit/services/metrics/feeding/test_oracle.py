"""What records contribute beside the oracle, which knows their bodies as they were posted: all sources, all records."""

from __future__ import annotations

import random

from services.metrics.feeding.index import Contribution, IndexedSeries, SeriesIndex
from tests.support.metrics import oracle
from tests.support.metrics.oracle import DAY_MS
from tests.support.metrics.posted import plain
from tests.support.metrics.random_definitions import random_metric
from tests.support.metrics.random_records import RandomRecords
from tests.support.metrics.recording import recorded, series_source
from tests.support.records import START_MS
from tests.support.values.world import Tenant

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
