"""Every writing route of definitions leaves its event in the log: what happened, who did it, in which correlation."""

from __future__ import annotations

import functools
from typing import Any

import httpx

from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from services.monitoring.service import SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.monitoring.defining import URL, body
from tests.support.platform_events import TRACED, Step, assert_leaves_its_events, uncorrelated, writing_routes


async def test_every_writing_route_leaves_its_event(
    client: httpx.AsyncClient, log: MemoryEventLog, settings: MonitoringSettings
) -> None:
    send = functools.partial(client.request, headers=TRACED)
    walked: set[tuple[str, str]] = set()

    async def walk(method: str, happened: str, sent: Any = None) -> None:
        path, url = (URL, URL) if method == "post" else (f"{URL}/{{name}}", f"{URL}/Checkout")
        step: Step = (lambda: send(method, url, json=sent), [f"critical_interaction.{happened}"])
        (found,) = await assert_leaves_its_events(log, step)
        assert (found.subject, found.actor_id, found.actor_type) == ("1", "acme-editor", "user")
        walked.add((method, path))

    await walk("post", "created", body())
    await walk("patch", "updated", {"description": "d"})
    await walk("patch", "stopped", {"status": "STOPPED", "description": "e"})
    await walk("patch", "updated", {"description": "f"})
    await walk("patch", "started", {"status": "RUNNING"})
    await walk("delete", "deleted")

    writes_nothing = {("post", f"{URL}/preview")}
    routes = writing_routes(create_service_app(SERVICE, settings, log=log).openapi(), URL)
    assert walked | writes_nothing == routes
    assert not uncorrelated(log)
