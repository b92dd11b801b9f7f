"""Runs: values as of one instant, whoever dies, is late or works beside; what each kind computes, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from libs.contracts.times import to_ms
from libs.objects.changes import Changes
from libs.pg.database import Connection
from libs.schedule.schedule import Leased, Overtaken
from services.metrics.definitions.model import Metric
from services.metrics.runs.clock import RunClock
from services.metrics.runs.model import MAX_ATTEMPTS, Run
from services.metrics.runs.working import RunWorker
from services.metrics.series import fold
from tests.support.metrics.runs import DAY_MS, Died, Interrupted, RunsWorld, dying_at, failing
from tests.support.metrics.series import Given, contributions
from tests.support.postgres import a_session_waits
from tests.support.waiting import eventually

CUSTOMERS = ("ann", "bob", "cyd", "dan", "eve")


async def begun(world: RunsWorld, metric: Metric) -> tuple[RunWorker, Leased, Run]:
    """Let a manual run begin; return its worker, its lease and the run as the worker checked it."""
    await world.definitions.request_run(metric)
    leased, worker = await world.lease(), world.worker()
    assert leased is not None
    checked = await worker.check(leased)
    assert checked is not None
    await worker.begin(leased, checked)
    return worker, leased, checked


async def served(world: RunsWorld, *customers: str, **fields: Any) -> Metric:
    """Create a metric with a contribution of each customer; its first run is done."""
    metric = await world.definitions.create(**fields)
    await world.fold(metric, *customers)
    await world.work_off()
    return metric


async def test_a_first_run_computes_all_values_as_of_one_instant_and_has_them_shown(world: RunsWorld) -> None:
    metric = await served(world, *CUSTOMERS, "ann")
    run = await world.last_run(metric)
    assert run.at is not None
    assert (run.state, run.progress, run.keys_done, run.changed, run.value_count) == ("done", 1.0, 5, 5, 5)
    stored = await world.stored(metric)
    assert {at_ms for _, at_ms in stored.values()} == {to_ms(run.at)}
    computed = await world.computed(metric, to_ms(run.at), *CUSTOMERS)
    assert {customer: value for customer, (value, _) in stored.items()} == computed
    assert computed["ann"] == 2
    assert await world.rows("SELECT id FROM metrics.schedule WHERE kind = 'run'") == []


async def test_a_changed_metric_shows_its_former_values_until_its_run_is_done(world: RunsWorld) -> None:
    metric = await served(world, "ann")
    changed = await world.definitions.update(metric, window_days=7)
    assert await world.stored(metric) == await world.stored(metric, 1)
    await world.work_off()
    assert list(await world.stored(metric, changed.edition)) == ["ann"]
    states = await world.rows("SELECT edition, state, value_count FROM metrics.editions ORDER BY edition")
    assert [tuple(row) for row in states] == [(1, "retired", 1), (2, "serving", 1)]


async def test_a_run_goes_on_after_a_death_before_any_of_its_statements(world: RunsWorld) -> None:
    metric = await served(world, "ann", "bob", "cyd")
    for number in count(1):
        await world.fold(metric, "ann", "bob", "cyd")
        run = await world.definitions.request_run(metric)
        leased = await world.lease()
        assert leased is not None
        with contextlib.suppress(Died):
            await world.worker(Interrupted(world.db, dying_at(number))).work_off(leased, asyncio.Event())
        if (await world.last_run(metric)).state == "done":
            break
        await world.make_due()
        await world.work_off()
        run = await world.last_run(metric)
        assert run.at is not None
        assert (run.state, run.keys_done, run.changed, run.value_count, run.attempt) == ("done", 3, 3, 3, 1)
        stored = await world.stored(metric)
        assert {at_ms for _, at_ms in stored.values()} == {to_ms(run.at)}
        assert {value for value, _ in stored.values()} == {Decimal(number + 1)}
    assert number > 20


async def test_a_late_owner_writes_nothing(world: RunsWorld) -> None:
    metric = await served(world, "ann", "bob", "cyd")
    worker, late, checked = await begun(world, metric)
    await worker.chunk(late, checked)
    await world.make_due()
    taken = await world.lease()
    assert taken is not None
    before = await world.last_run(metric)
    for step in (worker.begin, worker.chunk, worker.end):
        with pytest.raises(Overtaken):
            await step(late, checked)
    assert await world.last_run(metric) == before
    await worker.work_off(taken, asyncio.Event())
    run = await world.last_run(metric)
    assert (run.state, run.keys_done, run.at) == ("done", 3, before.at)


async def test_workers_that_take_each_others_leases_compute_each_key_once(world: RunsWorld) -> None:
    metric = await served(world)
    customers = [f"c{number:02}" for number in range(20)]
    await world.fold(metric, *customers)
    await world.definitions.request_run(metric)
    over = asyncio.Event()

    async def work() -> None:
        while not over.is_set():
            if (leased := await world.lease()) is not None:
                await world.worker(chunk_keys=1).work_off(leased, over)
            elif (await world.last_run(metric)).is_over:
                over.set()
            else:
                await world.make_due()

    await asyncio.gather(work(), work(), work())
    run = await world.last_run(metric)
    assert (run.state, run.keys_done, run.changed, run.value_count) == ("done", 20, 20, 20)


@pytest.mark.parametrize("is_touched", [True, False])
async def test_what_is_folded_between_any_two_statements_is_computed_or_stays_touched(
    world: RunsWorld, *, is_touched: bool
) -> None:
    metric = await served(world, "ann", compute_mode="realtime")
    folds: list[asyncio.Task[None]] = []
    for number in count(1):

        async def fold_before(statement: int, at: int = number) -> None:
            if statement == at:
                folds.append(asyncio.create_task(world.fold(metric, "ann")))
                await eventually(lambda: _is_done_or_waits(world, folds[-1]), interval_s=0.002)

        await world.fold(metric, "ann")
        if not is_touched:
            await world.value_all()
        await world.definitions.request_run(metric)
        leased = await world.lease()
        assert leased is not None
        db = Interrupted(world.db, fold_before)
        await world.worker(db).work_off(leased, asyncio.Event())
        await asyncio.gather(*folds)
        assert (await world.last_run(metric)).state == "done"
        await world.assert_current_or_touched(metric)
        if db.statements < number:
            break
    await world.value_all()
    assert (await world.stored(metric))["ann"].value == 2 * number


async def _is_done_or_waits(world: RunsWorld, fold: asyncio.Task[None]) -> bool:
    async with world.db.transaction() as conn:
        return fold.done() or await a_session_waits(conn)


async def test_a_first_run_counts_what_a_batch_folds_that_does_not_know_its_edition(world: RunsWorld) -> None:
    metric = await served(world, "ann")
    given = Given("ann", "[]", await world.now_ms() - 1_000, None)
    rows = contributions(await world.series.series_of(metric), [given])
    async with world.series.entered() as batch:
        await batch.execute("SELECT FROM positions ORDER BY topic, partition FOR UPDATE")
        await fold.add(batch, rows)
        await world.definitions.update(metric, window_days=7)
        working = asyncio.create_task(world.work_off())
        async with world.db.transaction() as conn:
            await eventually(lambda: a_session_waits(conn))
    await working
    assert (await world.last_run(metric)).state == "done"
    assert (await world.stored(metric))["ann"].value == 2


async def test_a_run_replaces_no_value_of_a_later_instant(world: RunsWorld) -> None:
    metric = await served(world, "ann", compute_mode="realtime")
    worker, leased, _ = await begun(world, metric)
    await world.fold(metric, "ann")
    await world.value_all()
    newer = await world.stored(metric)
    await world.fold(metric, "ann")
    await worker.work_off(leased, asyncio.Event())
    assert (await world.last_run(metric)).state == "done"
    assert await world.stored(metric) == newer
    await world.assert_current_or_touched(metric)
    await world.value_all()
    assert (await world.stored(metric))["ann"].value == 3


async def test_a_scheduled_run_computes_what_was_touched_and_what_time_has_changed(world: RunsWorld) -> None:
    metric = await world.definitions.create(window_days=1)
    await world.fold(metric, "old", ago_ms=2 * DAY_MS)
    await world.fold(metric, "same", "more")
    await world.work_off()
    before = await world.stored(metric)
    assert list(before) == ["more", "same"]
    # As it was computed a day and a half ago.
    await world.execute(
        "INSERT INTO metrics.metric_values (tenant_id, metric_id, edition, customer, dims, value, records, computed_at,"
        " next_change_at, published, is_published)"
        " VALUES ('acme', $1, 1, 'old', '[]', 1, 1, now() - interval '36 h', 1, 1, true)",
        metric.id,
    )
    await world.execute("UPDATE metrics.editions SET value_count = value_count + 1")
    await world.fold(metric, "more")
    assert await tick(world)
    run = await world.last_run(metric)
    assert (run.kind, run.scope, run.state, run.keys_done, run.changed) == ("scheduled", "changed", "done", 2, 2)
    assert run.at is not None
    assert run.value_count == 2
    assert await world.stored(metric) == {
        "more": (2, to_ms(run.at)),
        "old": (None, to_ms(run.at)),
        "same": before["same"],
    }


async def test_values_come_into_being_when_the_time_of_their_records_comes(world: RunsWorld) -> None:
    metric = await world.definitions.create(compute_mode="realtime")
    await world.fold(metric, "ann", ago_ms=-DAY_MS)
    await world.work_off()
    assert (await world.stored(metric))["ann"].value is None
    assert (await world.last_run(metric)).value_count == 0
    await world.publish()
    assert await world.published("ann") == []
    await world.let_pass(DAY_MS + 2_000)
    await world.value_all()
    assert (await world.stored(metric))["ann"].value == 1


async def test_a_run_waits_for_positions_and_for_its_series(world: RunsWorld) -> None:
    async def unfilled(_conn: Connection, _tenant_id: str, _series_id: int) -> bool:
        return False

    metric = await world.definitions.create()
    leased = await world.lease()
    assert leased is not None
    await world.worker(is_filled=unfilled).work_off(leased, asyncio.Event())
    assert (await world.last_run(metric)).state == "waiting"
    await world.make_due()
    await world.work_off()
    await world.definitions.request_run(metric, offset=1)
    await world.work_off()
    assert (await world.last_run(metric)).state == "waiting"
    await world.execute(f"UPDATE {world.series.schema}.positions SET next_offset = 1")
    await world.make_due()
    await world.work_off()
    assert (await world.last_run(metric)).state == "done"


async def test_a_request_that_joins_a_run_just_before_it_begins_is_waited_for(world: RunsWorld) -> None:
    metric = await served(world, "ann")
    await world.definitions.request_run(metric)
    leased, worker = await world.lease(), world.worker()
    assert leased is not None
    checked = await worker.check(leased)
    assert checked is not None
    assert (await world.definitions.request_run(metric, offset=1)).id == checked.id
    assert not await worker.begin(leased, checked)
    assert (await world.last_run(metric)).state == "waiting"
    await world.execute(f"UPDATE {world.series.schema}.positions SET next_offset = 1")
    await world.make_due()
    await world.work_off()
    assert (await world.last_run(metric)).state == "done"


async def test_a_metric_that_is_paused_before_it_is_current_has_not_failed(world: RunsWorld) -> None:
    metric = await world.definitions.create()
    await world.definitions.request_run(metric)
    await world.definitions.update(metric, status="paused")
    assert [run.state for run in await world.runs(metric)] == ["waiting", "failed"]
    state = await world.series.state(metric)
    assert (state.phase, state.error) == ("waiting", None)


async def test_a_run_that_ends_in_errors_fails_after_some_attempts_and_the_next_interval_tries_again(
    world: RunsWorld,
) -> None:
    metric = await world.definitions.create()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        leased = await world.lease()
        assert leased is not None
        await world.worker(is_filled=failing).work_off(leased, asyncio.Event())
        run = await world.last_run(metric)
        assert run.attempt == min(attempt + 1, MAX_ATTEMPTS)
        assert run.error is not None
        await world.make_due()
    assert run.state == "failed"
    assert await world.lease() is None
    assert await tick(world)
    assert [run.state for run in await world.runs(metric)] == ["failed", "done"]
    assert list(await world.stored(metric)) == []


async def test_after_a_standstill_one_run_is_due_and_then_the_grid(world: RunsWorld) -> None:
    metric = await served(world, "ann", batch_interval_min=5)
    await world.execute("UPDATE metrics.schedule SET due_at = now() - interval '1 day' WHERE kind = 'interval'")
    assert await tick(world)
    assert not await tick(world, make_due=False)
    assert len(await world.runs(metric)) == 2
    in_s = await world.value("SELECT extract(epoch FROM due_at - now()) FROM metrics.schedule WHERE kind = 'interval'")
    assert 0 < in_s <= 300


async def test_all_values_are_computed_from_a_generation_that_serves_from_now_on(world: RunsWorld) -> None:
    metric = await served(world, "ann")
    await world.execute("UPDATE metrics.editions SET generation = 0")
    assert await tick(world, make_due=False)
    run = await world.last_run(metric)
    assert (run.kind, run.scope, run.state, run.keys_done) == ("scheduled", "all", "done", 1)
    assert not await tick(world, make_due=False)


async def test_a_run_begins_anew_in_a_generation_that_serves_meanwhile(world: RunsWorld) -> None:
    metric = await served(world, *CUSTOMERS)
    worker, leased, checked = await begun(world, metric)
    await worker.chunk(leased, checked)
    await world.execute("UPDATE metrics.runs SET generation = 0, at = at - interval '1 hour' WHERE state = 'running'")
    await worker.work_off(leased, asyncio.Event())
    run = await world.last_run(metric)
    assert run.at is not None
    assert (run.state, run.keys_done) == ("done", 5)
    assert {at_ms for _, at_ms in (await world.stored(metric)).values()} == {to_ms(run.at)}


async def tick(world: RunsWorld, *, make_due: bool = True) -> bool:
    """Let the clock look, by default when the next interval is due, and work off the runs; whether there were any."""
    if make_due:
        await world.make_due("interval")
    before = await world.value("SELECT count(*) FROM metrics.runs")
    await RunClock(world.db, Changes()).round()
    await world.work_off()
    return bool(await world.value("SELECT count(*) FROM metrics.runs") > before)
