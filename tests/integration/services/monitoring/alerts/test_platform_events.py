"""Every writing route of alert rules leaves its event, and so do objectives and critical interactions for theirs."""

from __future__ import annotations

import functools

import httpx

from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from services.monitoring.service import SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.monitoring.defining import URL, create
from tests.support.monitoring.objectives import SLOS_URL, create_slo
from tests.support.monitoring.rules import RULES_URL, create_rule, rule_body
from tests.support.platform_events import TRACED, assert_leaves_its_events, uncorrelated, writing_routes


async def test_every_writing_route_leaves_its_event(
    client: httpx.AsyncClient, log: MemoryEventLog, settings: MonitoringSettings
) -> None:
    send = functools.partial(client.request, headers=TRACED)
    await create(client)
    made = ["alert_rule.created"]
    await assert_leaves_its_events(log, (lambda: send("post", RULES_URL, json=rule_body("a")), made))
    url = f"{RULES_URL}/{await create_rule(client, 'b')}"
    changed = ["alert_rule.updated"]
    (found,) = await assert_leaves_its_events(log, (lambda: send("patch", url, json={"threshold": 0.5}), changed))
    assert (found.subject, found.actor_id, found.actor_type) == (url.rpartition("/")[2], "acme-editor", "user")
    snooze = f"{url}/snooze"
    await assert_leaves_its_events(log, (lambda: send("put", snooze, json={"minutes": 1}), ["alert_rule.snoozed"]))
    await assert_leaves_its_events(log, (lambda: send("delete", snooze), ["alert_rule.unsnoozed"]))
    await assert_leaves_its_events(log, (lambda: send("delete", url), ["alert_rule.deleted"]))
    slo_url = f"{SLOS_URL}/{await create_slo(client, burnRules=[{'longMinutes': 9, 'shortMinutes': 1, 'factor': 2}])}"
    ended = ["slo.updated", "alert_rule.updated"]
    await assert_leaves_its_events(log, (lambda: send("patch", slo_url, json={"target": 0.9}), ended))
    ended = ["critical_interaction.deleted", "slo.deleted", "alert_rule.deleted", "alert_rule.deleted"]
    await assert_leaves_its_events(log, (lambda: send("delete", f"{URL}/Checkout"), ended))

    openapi = create_service_app(SERVICE, settings, log=log).openapi()
    at = f"{RULES_URL}/{{id}}"
    walked = {("post", RULES_URL), ("patch", at), ("delete", at), ("put", f"{at}/snooze"), ("delete", f"{at}/snooze")}
    assert walked == writing_routes(openapi, RULES_URL)
    assert not uncorrelated(log)
