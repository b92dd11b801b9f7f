"""Values of one customer as rules judge them: of some dimensions, over all of them; live, stored, as of an instant."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from libs.contracts.times import from_ms
from services.metrics.values.model import ValueReading, WantedValue
from services.metrics.values.readings import read_values
from services.metrics.values.store import ValueStore
from tests.support.metrics.series import TENANT, Given
from tests.support.metrics.values import MetricValues

DAY = 86_400_000
AT = 20_000 * DAY + 12_345
DE, FR, NONE = '["DE"]', '["FR"]', "[null]"
PURCHASES = [
    Given("ann", DE, AT - DAY, Decimal("0.1")),
    Given("ann", DE, AT - 1, Decimal("0.2")),
    Given("ann", FR, AT - 2 * DAY, Decimal(10)),
    Given("ann", NONE, AT, Decimal(100)),
    Given("bob", DE, AT - 1, Decimal(7)),
]
FUNCTIONS: Mapping[str, tuple[Any, ...]] = {
    "count": (2, 3),
    "sum": (Decimal("0.3"), Decimal("10.3")),
    "avg": (Decimal("0.15"), Decimal("3.4333333333333333")),
    "min": (Decimal("0.1"), Decimal("0.1")),
    "max": (Decimal("0.2"), Decimal(10)),
}
"""The values of ann as of `AT`: in DE, and over all countries."""
COUNTRY = ("country",)


async def _read(
    values: MetricValues, customer: str, *wanted: WantedValue, at_ms: int | None = None
) -> list[ValueReading]:
    async with values.series.reading() as conn:
        instant_ms = await ValueStore(conn, TENANT).clock_ms() if at_ms is None else at_ms
        return list(await read_values(conn, TENANT, customer, wanted, instant_ms, is_now=at_ms is None))


async def test_over_all_dimensions_a_value_is_of_their_records_together(values: MetricValues) -> None:
    metrics = {
        function: await values.metric(
            PURCHASES if function == "count" else (), aggregate_function=function, group_by_dimensions=COUNTRY
        )
        for function in FUNCTIONS
    }
    for metric in metrics.values():
        await values.store(metric, AT)
    wanted = [
        WantedValue(metric.id, dimensions) for metric in metrics.values() for dimensions in ({"country": "DE"}, None)
    ]
    expected = [value for pair in FUNCTIONS.values() for value in pair]
    for at_ms in (AT, None):
        found = await _read(values, "ann", *wanted, at_ms=at_ms)
        assert [one.value for one in found] == expected
        assert {one.computed_at for one in found} == {from_ms(AT)}


async def test_realtime_values_are_as_of_now_and_others_as_stored(values: MetricValues) -> None:
    live = await values.metric(PURCHASES, compute_mode="realtime", window_days=None, group_by_dimensions=COUNTRY)
    batch = await values.metric(window_days=None, group_by_dimensions=COUNTRY)
    paused = await values.metric(compute_mode="realtime", window_days=None, group_by_dimensions=COUNTRY)
    for metric in (batch, paused):
        await values.store(metric, AT)
    await values.definitions.update(paused, status="paused")
    await values.series.add(live, [Given("ann", DE, AT + 1, Decimal(1))])
    wanted = [WantedValue(metric.id) for metric in (live, batch, paused)]
    assert [one.value for one in await _read(values, "ann", *wanted)] == [5, 3, 3]
    assert [one.value for one in await _read(values, "ann", *wanted, at_ms=AT + 2)] == [5, 5, 5]
    nobody = await _read(values, "nobody", *wanted)
    assert [one.value for one in nobody] == [None, None, None]
    assert [one.computed_at for one in nobody[1:]] == [from_ms(AT)] * 2


async def test_a_reading_says_why_there_is_no_telling(values: MetricValues) -> None:
    new = await values.metric(PURCHASES, is_current=False)
    grouped = await values.metric(group_by_dimensions=COUNTRY)
    wanted = [
        WantedValue(uuid.uuid4()),
        WantedValue(new.id),
        WantedValue(grouped.id, {"city": "Bonn"}),
        WantedValue(grouped.id, {}),
    ]
    found = await _read(values, "ann", *wanted)
    assert [one.missing for one in found] == [
        "metric_deleted",
        "not_current",
        "dimensions_changed",
        "dimensions_changed",
    ]
    assert [one.metric_name for one in found[1:3]] == [new.definition.name, grouped.definition.name]
