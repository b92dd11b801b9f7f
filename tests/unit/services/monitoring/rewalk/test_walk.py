"""A walk in memory forgets what has no effect any more."""

from __future__ import annotations

from libs.contracts.monitoring_steps import Step
from services.monitoring.matches.matcher import IDLE_MS, DefinitionMatches, Rules
from services.monitoring.rewalk.walk import MemoryWalk
from tests.support.monitoring.streams import TENANT, hit, step

RULES = Rules(version=1, forbidden=(False, False), threshold_ms=3_600_000)


def test_idle_keys_are_forgotten_and_times_that_were_put_off() -> None:
    walk = MemoryWalk({(TENANT, 1): DefinitionMatches({1: RULES}, 10)}, 0)
    for number in range(20_000):
        at = 10_000 + number * 100
        arrived = step(number, f"k{number // 2}", hit(1, 1 << number % 2), event_at=at, accepted_at=at)
        assert isinstance(arrived.body, Step)
        assert walk.step(TENANT, arrived.match_key, arrived.body)
    walk.pass_time(10_000_000)
    assert len(walk.drain()) == 10_000
    assert walk.size < 4 * (IDLE_MS // 200 + 1_000)
