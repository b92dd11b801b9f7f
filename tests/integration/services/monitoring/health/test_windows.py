"""Tallies of many windows by one statement: each has the results that ended in it, of its tenant and definition."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from services.monitoring.health.ranges import Period
from services.monitoring.health.scores import CATEGORIES, ERRORS
from services.monitoring.health.store import Window, tallies_of_windows
from tests.support.monitoring.health import World, recorded, result
from tests.support.records import START_MS

DAY_MS = 86_400_000


async def test_each_window_has_its_own_results(world: World) -> None:
    rng = random.Random(3)
    counted = [
        (
            rng.choice(("acme", "globex")),
            result(
                name,
                rng.choice((rng.randrange(3_600_000), rng.randrange(100 * DAY_MS))),
                rng.choice((None, rng.randrange(400))),
                interaction_id=rng.randrange(1, 3),
            ),
        )
        for name in range(300)
    ]
    await world.apply([recorded(one, tenant_id) for tenant_id, one in counted])
    windows = [
        Window(
            tenant_id,
            definition_id,
            Period.up_to(START_MS + rng.randrange(101 * DAY_MS), rng.choice((1, 60, 1_440, 40_320, 129_600))),
        )
        for tenant_id in ("acme", "globex", "nobody")
        for definition_id in (1, 2, 3)
        for _ in range(8)
    ]
    async with world.projector.transaction(readonly=True) as conn:
        await conn.execute(f"SET LOCAL search_path = {world.schema}")
        tallies = await tallies_of_windows(conn, windows)
        assert await tallies_of_windows(conn, []) == []
        quick = await tallies_of_windows(conn, [window._replace(durations=False) for window in windows])
    assert [replace(tally, parts=()) for tally in tallies] == [
        replace(tally, parts=tuple(tally.parts)) for tally in quick
    ]
    assert any(tally.total for tally in tallies)
    for window, tally in zip(windows, tallies, strict=True):
        inside = [
            one
            for tenant_id, one in counted
            if (tenant_id, one.interaction_id) == (window.tenant_id, window.definition_id)
            and window.period.from_ms <= one.ended_at < window.period.to_ms
        ]
        completed = [one for one in inside if one.duration_ms is not None]
        assert (tally.of(CATEGORIES), tally.of(ERRORS)) == (len(completed), len(inside) - len(completed))
        durations = sorted(one.duration_ms or 0 for one in completed)
        middle = durations[(len(durations) - 1) // 2] if durations else None
        assert tally.percentiles_ms((0.5,)) == [None if middle is None else pytest.approx(middle, rel=0.0101)]
        assert tally.counts.get("excellent", 0) == sum(one.category == "Excellent" for one in completed)
