"""Whatever ends a loop is named at once, by the check that `/readyz` asks: each of them, killed once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from libs.background.loops import Loop
from libs.background.tasks import end_task
from libs.contracts.topics import MANIFEST
from libs.eventlog.postgres.log import PostgresEventLog
from libs.service.app import create_service_app
from libs.service.service import Service
from libs.service.setup import setup_service
from libs.vault.settings import SecretKeySettings
from tests.support.accounts import SECRET_KEY
from tests.support.loops.every import LOOPS
from tests.support.loops.ground import FAILURE, Ground
from tests.support.loops.logs import ON_KAFKA
from tests.support.serving import serving
from tests.support.waiting import eventually
from waymark.services import SERVICES

NAMED_WITHIN_S = 10.0
"""A second where the machine has time; a loop whose end nobody tells of is never named."""
NAMES = [pytest.param(name, marks=pytest.mark.kafka if name in ON_KAFKA else ()) for name in LOOPS]


@pytest.fixture
def ground(
    name: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Ground:
    bootstrap = request.getfixturevalue("kafka_bootstrap") if name in ON_KAFKA else ""
    return Ground(database_url, tmp_path, monkeypatch, bootstrap)


@pytest.mark.parametrize("name", NAMES)
async def test_what_ends_a_loop_is_named(name: str, ground: Ground) -> None:
    async with LOOPS[name](ground) as check:

        async def is_named() -> bool:
            return FAILURE in (await check() or "")

        await eventually(is_named, timeout_s=NAMED_WITHIN_S)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_every_loop_of_a_running_service_is_behind_its_readyz(
    service: Service[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Loop] = []
    start = Loop.start

    async def noted(loop: Loop) -> None:
        await start(loop)
        started.append(loop)

    settings = await set_up(service, database_url)
    monkeypatch.setattr(Loop, "start", noted)
    async with serving(create_service_app(service, settings)) as client:

        async def cancelled() -> int:
            return (await client.get("/readyz")).text.count("it was cancelled")

        # What was started last depends on what was started first, and may end with it.
        for count, loop in enumerate(reversed(started)):
            assert await cancelled() == count
            assert loop._task is not None
            await end_task(loop._task)
            assert await eventually(cancelled, timeout_s=NAMED_WITHIN_S) == count + 1, loop.name


async def set_up(service: Service[Any], url: str) -> Any:
    """Make the service ready to start on the PostgreSQL log, and return its settings."""
    await setup_service(service, url)
    log = PostgresEventLog(url)
    await log.start()
    await log.ensure_topics(MANIFEST)
    await log.stop()
    secret = {"secret_key": SECRET_KEY} if issubclass(service.settings, SecretKeySettings) else {}
    return service.settings(database_url=url, **secret)
