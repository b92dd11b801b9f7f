"""The parts of a service: started and stopped with it, and asked by its `/readyz`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from libs.background.loops import Loop
from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from libs.service.parts import Parts
from libs.service.service import Api, Service
from libs.service.settings import ServiceSettings
from tests.support.serving import serving
from tests.support.waiting import eventually

Start = Callable[[Parts, ServiceSettings], Awaitable[Mapping[str, Any]]]


def toys(start: Start) -> Service[ServiceSettings]:
    """A service of which only the parts matter."""
    return Service("toys", description="", settings=ServiceSettings, topics=(), api=lambda: Api(start, routers=()))


async def work_until(broken: asyncio.Event) -> None:
    await broken.wait()
    raise ValueError("a bug")


async def test_a_part_whose_loop_dies_fails_readyz_under_its_name() -> None:
    broken = asyncio.Event()

    async def start(parts: Parts, _: ServiceSettings) -> Mapping[str, Any]:
        await parts.start("jobs", Loop("nightly", lambda _: work_until(broken)))
        return {}

    app = create_service_app(toys(start), ServiceSettings(), log=MemoryEventLog())
    async with serving(app) as client:
        assert (await client.get("/readyz")).json()["failing"] == {}
        broken.set()

        async def failing() -> dict[str, str]:
            found: dict[str, str] = (await client.get("/readyz")).json()["failing"]
            return found

        assert await eventually(failing, timeout_s=1) == {"jobs": "ended by ValueError: a bug"}
        assert (await client.get("/readyz")).status_code == 503


async def test_two_parts_of_one_name_are_refused() -> None:
    async def start(parts: Parts, _settings: ServiceSettings) -> Mapping[str, Any]:
        for _ in range(2):
            await parts.start("jobs", Loop("nightly", work_until))
        return {}

    app = create_service_app(toys(start), ServiceSettings())
    with pytest.raises(ValueError, match="two parts are called jobs"):
        async with serving(app):
            pass
