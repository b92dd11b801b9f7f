"""Every writing route of rules leaves its event, and evaluating leaves none."""

from __future__ import annotations

import functools

import httpx

from libs.eventlog.memory import MemoryEventLog
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.rules import KINDS, Rules
from tests.support.platform_events import TRACED, assert_leaves_its_events, uncorrelated


async def test_every_writing_route_leaves_its_event(
    client: httpx.AsyncClient, definitions: Definitions, log: MemoryEventLog
) -> None:
    send = functools.partial(client.request, headers=TRACED)
    metric = await definitions.create()
    for kind in KINDS:
        rules = Rules(kind, client, metric.id)
        rule_id = (await rules.create("There"))["id"]
        for method, sent, happened in (
            ("POST", {"json": rules.body()}, "created"),
            ("PUT", {"json": {"id": rule_id, "priority": 1}}, "updated"),
            ("DELETE", {"params": {"id": rule_id}}, "deleted"),
        ):
            step = functools.partial(send, method, kind.path, **sent)
            (event,) = await assert_leaves_its_events(log, (step, [f"{kind.name}.{happened}"]))
            assert (event.actor_id, event.actor_type) == ("acme-editor", "user")
        assert event.subject == rule_id
    assert not uncorrelated(log)
