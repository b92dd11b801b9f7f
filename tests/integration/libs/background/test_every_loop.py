"""Whatever ends a loop is named within a second, by the check that `/readyz` asks: each of them, killed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.loops import FAILURE, LOOPS, ON_KAFKA, Ground
from tests.support.waiting import eventually

NAMED_WITHIN_S = 1.0
NAMES = [pytest.param(name, marks=pytest.mark.kafka if name in ON_KAFKA else ()) for name in LOOPS]


@pytest.fixture
def ground(
    name: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Ground:
    bootstrap = request.getfixturevalue("kafka_bootstrap") if name in ON_KAFKA else ""
    return Ground(database_url, tmp_path, monkeypatch, bootstrap)


@pytest.mark.parametrize("name", NAMES)
async def test_what_ends_a_loop_is_named_within_a_second(name: str, ground: Ground) -> None:
    async with LOOPS[name](ground) as check:

        async def is_named() -> bool:
            return FAILURE in (await check() or "")

        await eventually(is_named, timeout_s=NAMED_WITHIN_S)
