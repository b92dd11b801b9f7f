"""A filter that an earlier version took and this one does not."""

from __future__ import annotations

from contextlib import suppress

from services.metrics.definitions.model import Metric
from services.metrics.series.projection import SeriesProjection
from tests.support.metrics.runs import Died, RunsWorld
from tests.support.records import interaction, recorded

TENANT = "acme"


async def break_filter(world: RunsWorld, metric: Metric) -> None:
    """Let the filter of the metric's series be one that is refused."""
    broken = "UPDATE metrics.series SET source = replace(source::text, 'data.tier', 'now()')::json WHERE id = $1"
    await world.execute(broken, await world.series.series_of(metric))


async def test_it_stops_its_own_metric_alone(world: RunsWorld) -> None:
    fields = {"compute_mode": "realtime", "window_days": None}
    broken = await world.definitions.create("broken", sql_filter="data.tier = 'gold'", **fields)
    sound = await world.definitions.create("sound", **fields)
    for metric in (broken, sound):
        await world.fold(metric, "ann")
    await world.work_off()
    await break_filter(world, broken)

    projection = SeriesProjection()
    bought = [
        recorded(interaction(name, TENANT, action="purchase", json=b'{"customerId": "ann", "tier": "gold"}'), TENANT)
        for name in (1, 2)
    ]
    with suppress(Died):
        async with world.series.entered() as conn:
            await projection.apply(conn, [projection.decode(bought[0])])
            raise Died
    for record in bought:
        await world.series.fold_records(projection, [record])
    await world.execute(f"INSERT INTO {world.series.schema}.touched VALUES ($1, $2, 1, 'ann', '[]')", TENANT, broken.id)
    await world.value_all()

    state = await world.series.state(broken)
    assert (state.phase, state.serving_version) == ("failed", 1)
    assert state.error is not None
    assert "line 1, column 1: a condition may not change with time" in state.error
    assert (await world.stored(broken))["ann"].value == 1
    assert (await world.series.state(sound)).phase == "current"
    assert (await world.stored(sound))["ann"].value == 3
    again = await world.definitions.create("again", sql_filter="data.tier = 'gold'")
    assert await world.series.series_of(again) != await world.series.series_of(broken)
