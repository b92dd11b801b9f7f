"""Every writing route of webhooks leaves its event in the log, and none of them a secret."""

from __future__ import annotations

import functools

import httpx

from libs.contracts.envelope import Envelope
from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from services.monitoring.service import SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.monitoring.webhooks import URL, create_webhook
from tests.support.platform_events import (
    TRACED,
    Step,
    assert_leaves_its_events,
    events_of,
    uncorrelated,
    writing_routes,
)
from tests.support.waiting import eventually
from tests.support.webhooks import receiving


async def test_every_writing_route_leaves_its_event(
    client: httpx.AsyncClient, log: MemoryEventLog, settings: MonitoringSettings
) -> None:
    made = await create_webhook(client)
    url = f"{URL}/{made['id']}"
    send = functools.partial(client.request, headers=TRACED)
    walk: dict[tuple[str, str], Step] = {
        ("post", URL): (
            lambda: send("POST", URL, json={"url": "https://a.example/?token=s3cret"}),
            ["webhook.created"],
        ),
        ("patch", f"{URL}/{{id}}"): (lambda: send("PATCH", url, json={"description": "d"}), ["webhook.updated"]),
        ("post", f"{URL}/{{id}}/rotate-secret"): (lambda: send("POST", f"{url}/rotate-secret"), ["webhook.updated"]),
        ("post", f"{URL}/{{id}}/test"): (lambda: send("POST", f"{url}/test"), []),
        ("delete", f"{URL}/{{id}}"): (lambda: send("DELETE", url), ["webhook.deleted"]),
    }
    for step in walk.values():
        await assert_leaves_its_events(log, step)

    assert walk.keys() == writing_routes(create_service_app(SERVICE, settings, log=log).openapi(), URL)
    assert not uncorrelated(log)
    for partition in log.broker.partitions.values():
        assert not any(b"s3cret" in (one.value or b"") or b"whsec_" in (one.value or b"") for one in partition.records)


async def test_a_webhook_that_is_gone_is_disabled_by_waymark_itself(
    client: httpx.AsyncClient, log: MemoryEventLog
) -> None:
    async with receiving("410 Gone") as receiver:
        made = await create_webhook(client, receiver.url)
        await client.post(f"{URL}/{made['id']}/test")

        def updated() -> list[Envelope]:
            return [one for one in events_of(log) if one.type == "webhook.updated"]

        (disabled,) = await eventually(updated)
    assert (disabled.subject, disabled.actor_id, disabled.actor_type) == (made["id"], "waymark", "system")
