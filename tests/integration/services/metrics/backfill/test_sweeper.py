"""What no metric needs any more is removed, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from services.metrics.backfill.sweeper import Sweeping
from tests.support.metrics.backfilling import Course, Pausing
from tests.support.metrics.series import TENANT
from tests.support.postgres import a_session_waits
from tests.support.waiting import eventually

TABLES = ("contributions", "tiles", "quarters", "skips", "series_starts")


async def sweep(course: Course) -> None:
    """A round, in chunks of 7."""
    await Sweeping(course.db, asyncio.Event(), chunk=7).sweep()


async def rows(course: Course) -> Mapping[str, list[int]]:
    """The series that each table has rows of."""
    schema = (await course.serving()).schema
    async with course.db.transaction() as conn:
        found = {
            table: [row[0] for row in await conn.fetch(f"SELECT DISTINCT series_id FROM {schema}.{table} ORDER BY 1")]
            for table in TABLES
        }
        found["series"] = [row["id"] for row in await conn.fetch("SELECT id FROM metrics.series ORDER BY 1")]
        found["touched"] = [row[0] for row in await conn.fetch(_TOUCHED.format(schema=schema))]
        found["editions"] = [row[0] for row in await conn.fetch("SELECT series_id FROM metrics.editions ORDER BY 1")]
    return found


_TOUCHED = """
SELECT DISTINCT e.series_id FROM {schema}.touched AS t JOIN metrics.editions AS e USING (tenant_id, metric_id, edition)
ORDER BY 1
"""


async def test_a_series_that_ended_goes_with_all_its_rows_and_its_neighbour_stays(course: Course) -> None:
    await course.record(60)
    ended, kept = await course.define(), await course.define()
    await course.settle()
    before = await rows(course)
    await sweep(course)
    assert await rows(course) == before
    assert before["tiles"] == before["touched"] == before["editions"] == [1, 2]

    await course.metrics.delete(ended.id)
    await sweep(course)

    after = await rows(course)
    assert after == {table: [2] if table != "quarters" else [] for table in after}
    assert (await course.state(kept)).progress == 1.0
    await course.check()


async def test_an_edition_stays_until_its_values_are_gone(course: Course) -> None:
    metric = await course.define()
    async with course.db.transaction() as conn:
        await conn.execute(
            "INSERT INTO metrics.metric_values (tenant_id, metric_id, edition, customer, dims, records, computed_at)"
            " VALUES ($1, $2, 1, 'ann', '[]', 1, now())",
            *(TENANT, metric.id),
        )
    await course.metrics.delete(metric.id)
    await sweep(course)
    assert (await rows(course))["editions"] == [1]
    async with course.db.transaction() as conn:
        await conn.execute("DELETE FROM metrics.metric_values")
    await sweep(course)
    assert not any((await rows(course)).values())


async def test_a_batch_that_does_not_know_of_the_end_is_waited_for(course: Course) -> None:
    metric = await course.define()
    await course.record(9)
    projection = Pausing()
    batch = asyncio.create_task(course.fold(await course.serving(), 9, projection=projection))
    await projection.has_folded.wait()
    await course.metrics.delete(metric.id)
    sweeping = asyncio.create_task(sweep(course))
    async with course.db.acquire() as conn:
        await eventually(lambda: a_session_waits(conn))
    projection.may_commit.set()
    await asyncio.gather(batch, sweeping)
    assert not any((await rows(course)).values())


async def test_a_generation_that_is_being_filled_is_swept_once_it_is_finished(course: Course) -> None:
    metric = await course.define()
    await course.record(9)
    await course.begin_rebuild()
    filling = await course.generation("filling")
    assert filling is not None
    await course.fold(filling, 9)
    await course.metrics.delete(metric.id)
    await sweep(course)
    assert (await rows(course))["series"] == [1]
    await course.settle()
    await sweep(course)
    assert not any((await rows(course)).values())
