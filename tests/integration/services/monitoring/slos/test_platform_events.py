"""Every writing route of objectives leaves its event, and so does the end of their critical interaction."""

from __future__ import annotations

import functools

import httpx

from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from services.monitoring.service import SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.monitoring.defining import URL, create
from tests.support.monitoring.objectives import SLOS_URL, create_slo, objective
from tests.support.platform_events import TRACED, assert_leaves_its_events, uncorrelated, writing_routes


async def test_every_writing_route_leaves_its_event(
    client: httpx.AsyncClient, log: MemoryEventLog, settings: MonitoringSettings
) -> None:
    send = functools.partial(client.request, headers=TRACED)
    await create(client)
    rule = {"longMinutes": 60, "shortMinutes": 5, "factor": 2}
    body = objective("a", burnRules=[rule])
    made = ["slo.created", "alert_rule.created"]
    await assert_leaves_its_events(log, (lambda: send("post", SLOS_URL, json=body), made))
    url = f"{SLOS_URL}/{await create_slo(client, 'b', burnRules=[rule])}"
    changed = ["slo.updated", "alert_rule.updated"]
    events = await assert_leaves_its_events(log, (lambda: send("patch", url, json={"target": 0.5}), changed))
    (found,) = (one for one in events if one.type == "slo.updated")
    assert (found.subject, found.actor_id, found.actor_type) == (url.rpartition("/")[2], "acme-editor", "user")
    await assert_leaves_its_events(log, (lambda: send("delete", url), ["slo.deleted", "alert_rule.deleted"]))
    ended = ["critical_interaction.deleted", "slo.deleted", "alert_rule.deleted"]
    await assert_leaves_its_events(log, (lambda: send("delete", f"{URL}/Checkout"), ended))

    openapi = create_service_app(SERVICE, settings, log=log).openapi()
    walked = {("post", SLOS_URL), ("patch", f"{SLOS_URL}/{{id}}"), ("delete", f"{SLOS_URL}/{{id}}")}
    assert walked == writing_routes(openapi, SLOS_URL)
    assert not uncorrelated(log)
