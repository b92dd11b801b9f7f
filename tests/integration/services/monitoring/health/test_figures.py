"""Prometheus figures of critical interactions: from the rollups, of one process alone."""

from __future__ import annotations

import asyncio

import pytest

from libs.contracts.paths import MONITORING
from libs.pg.database import Connection, Database
from libs.pg.roles import projector_role
from services.monitoring.health.figures import ResultFigures
from services.monitoring.settings import MonitoringSettings
from tests.support.monitoring.defining import create, delete
from tests.support.monitoring.health import Service, World, result, running
from tests.support.waiting import eventually

RESULTS, DURATION = "waymark_critical_interaction_results_total", "waymark_critical_interaction_duration_seconds"
Shown = dict[tuple[str, ...], float]


def shown(figures: ResultFigures) -> Shown:
    """The samples by their names and the values of their labels, but for the tenant."""
    found: Shown = {}
    for metric in figures.collect():
        for sample in metric.samples:
            labels = dict(sample.labels)
            assert labels.pop("tenant") == "acme"
            found[sample.name, *labels.values()] = sample.value
    return found


async def test_results_and_durations_are_counted_by_definition(service: Service) -> None:
    definition_id = await create(service.client)
    await create(service.client, "Without results")
    await service.count(
        result("quick", duration_ms=90, interaction_id=definition_id),
        result("slow", 400 * 86_400_000, 4_000, interaction_id=definition_id),
        result("errored", interaction_id=definition_id),
        result("stopped", interaction_id=definition_id, outcome="aborted", cause="stopped"),
    )
    figures = ResultFigures(service.world.projector, lambda: True)
    await figures.look()
    found = shown(figures)
    assert {key[1:]: value for key, value in found.items() if key[0] == RESULTS and value} == {
        ("Checkout", "completed", "", "Excellent"): 1,
        ("Checkout", "completed", "", "Poor"): 1,
        ("Checkout", "errored", "timeout", ""): 1,
        ("Checkout", "aborted", "stopped", ""): 1,
    }
    assert found[RESULTS, "Checkout", "errored", "sequence_violation", ""] == 0
    idle = {key: value for key, value in found.items() if "Without results" in key}
    assert {(key[0], *key[2:]) for key in idle} == {(key[0], *key[2:]) for key in found if key[1] == "Checkout"}
    assert not any(idle.values())
    below = [found[f"{DURATION}_bucket", "Checkout", bound] for bound in ("0.1", "2.5", "5.0", "+Inf")]
    assert below == [1, 1, 2, 2]
    assert found[f"{DURATION}_count", "Checkout"] == 2
    assert found[f"{DURATION}_sum", "Checkout"] == 4.09


async def test_a_deleted_definition_and_a_process_that_stands_by_show_nothing(service: Service) -> None:
    await service.count(result("one", interaction_id=await create(service.client)))
    active = True
    figures = ResultFigures(service.world.projector, lambda: active)
    await figures.look()
    assert shown(figures)
    active = False
    await figures.look()
    assert shown(figures) == {}
    active = True
    await delete(service.client)
    await figures.look()
    assert shown(figures) == {}


@pytest.mark.parametrize(("took_s", "rest_s"), [(0.0, 0.0), (0.5, 10.0), (5.0, 60.0)])
async def test_a_look_is_followed_by_a_rest_of_twenty_times_as_long(
    service: Service, took_s: float, rest_s: float
) -> None:
    clock = iter([0.0, took_s, took_s + rest_s - 0.1, took_s + rest_s, took_s + rest_s])
    figures = ResultFigures(service.world.projector, lambda: True, clock=lambda: next(clock))
    await figures.look()
    await service.count(result("one", interaction_id=await create(service.client)))
    await figures.look()
    assert not shown(figures)
    await figures.look()
    assert {key[1] for key in shown(figures)} == {"Checkout"}


async def test_what_was_seen_is_shown_during_a_look(service: Service) -> None:
    await service.count(result("one", interaction_id=await create(service.client)))
    figures = ResultFigures(service.world.projector, lambda: True, clock=lambda: 0.0)
    await figures.look()
    async with service.world.projector.transaction() as conn:
        await conn.execute("LOCK TABLE monitoring_health_g1.rollups IN ACCESS EXCLUSIVE MODE")
        looking = asyncio.create_task(figures.look())
        await eventually(lambda: _is_awaited(conn))
        assert shown(figures)
        assert not looking.done()
    await looking


async def test_a_look_that_takes_too_long_leaves_what_was_seen(service: Service, service_url: str) -> None:
    await service.count(result("one", interaction_id=await create(service.client)))
    now = 0.0
    async with await Database.connect(
        service_url, role=projector_role(MONITORING), application_name="tests", statement_timeout_s=0.1
    ) as impatient:
        figures = ResultFigures(impatient, lambda: True, clock=lambda: now)
        await figures.look()
        seen, now = shown(figures), 60.0
        async with service.world.projector.transaction() as conn:
            await conn.execute("LOCK TABLE monitoring_health_g1.rollups IN ACCESS EXCLUSIVE MODE")
            await figures.look()
    assert seen
    assert shown(figures) == seen


async def _is_awaited(conn: Connection) -> bool:
    """Return whether another waits for a lock of this transaction's."""
    return bool(
        await conn.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid)))")
    )


async def test_the_process_that_relays_shows_them(world: World, settings: MonitoringSettings) -> None:
    async with running(world, settings) as before:
        await before.count(result("one", interaction_id=await create(before.client, "Shown")))
    async with running(world, settings) as service:

        async def is_shown() -> bool:
            return 'interaction="Shown"' in (await service.client.get("/metrics")).text

        await eventually(is_shown, timeout_s=20.0)
