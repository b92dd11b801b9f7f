"""Every writing route of providers and integrations leaves its event, which names secrets and has none."""

from __future__ import annotations

import functools

import httpx
import pytest

from libs.contracts.topics import EVENTS
from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from services.workflows.family import INTEGRATIONS_PATH, PROVIDERS_PATH
from services.workflows.service import SERVICE
from services.workflows.settings import WorkflowSettings
from tests.support.far_hosts import answering, far_host
from tests.support.platform_events import TRACED, Step, assert_leaves_its_events, uncorrelated, writing_routes

HIDDEN = "h1dd3n"
BODIES = {
    PROVIDERS_PATH: {"type": "twitter", "secrets": {"CONSUMER_KEY": HIDDEN, "CONSUMER_SECRET": HIDDEN}},
    INTEGRATIONS_PATH: {"type": "slack", "secrets": {"ACCESS_TOKEN": HIDDEN}},
}


@pytest.mark.parametrize(("path", "kind"), [(PROVIDERS_PATH, "provider"), (INTEGRATIONS_PATH, "integration")])
async def test_every_writing_route_leaves_its_event(
    admin: httpx.AsyncClient, log: MemoryEventLog, settings: WorkflowSettings, path: str, kind: str
) -> None:
    async with far_host(answering('HTTP/1.1 200 OK\n\n{"ok":true}')) as far:
        send = functools.partial(admin.request, headers=TRACED)
        here = {"settings": {"baseUrl": f"http://127.0.0.1:{far.port}"}}
        body, url = BODIES[path] | here, f"{path}/ours"
        changed = {name: value for name, value in body.items() if name != "type"}
        walk: dict[tuple[str, str], Step] = {
            ("post", path): (lambda: send("POST", path, json=body | {"name": "ours"}), [f"{kind}.created"]),
            ("put", f"{path}/{{name}}"): (
                lambda: send("PUT", url, json=changed),
                [f"{kind}.updated"],
            ),
            ("post", f"{path}/{{name}}/test"): (lambda: send("POST", f"{url}/test"), []),
            ("delete", f"{path}/{{name}}"): (lambda: send("DELETE", url), [f"{kind}.deleted"]),
        }
        for step in walk.values():
            for event in await assert_leaves_its_events(log, step):
                assert (event.actor_id, event.actor_type) == ("acme-admin", "user")

    assert walk.keys() == writing_routes(create_service_app(SERVICE, settings, log=log).openapi(), path)
    assert not uncorrelated(log)
    for place, partition in log.broker.partitions.items():
        if place.topic == EVENTS.name:
            assert not [record for record in partition.records if HIDDEN.encode() in (record.value or b"")]
