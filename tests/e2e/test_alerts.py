"""A checkout that becomes slow, told by the examples: from spans to a burning budget to a message that verifies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.kafka.broker import free_ports
from tests.support.machine import ON_POSTGRES, Machine
from tests.support.monitoring.defining import create
from tests.support.monitoring.webhooks import create_webhook
from tests.support.programs import EXAMPLES, lines_of, running

STEPS = [{"name": "otel.span.POST /checkout"}, {"name": "otel.log.payment.captured"}]
LIMITS: dict[str, Any] = {"uptimeLowerLimitInMs": 400, "uptimeMidLimitInMs": 600, "uptimeUpperLimitInMs": 800}
SHOP = ("--seconds", "60", "--rate", "10", "--slow-ms", "1000", "--slow-while")


@pytest.mark.parametrize("started_machine", [ON_POSTGRES], indirect=True)
async def test_the_examples_tell_of_a_checkout_that_is_slow_and_then_mended(
    machine: Machine, tenant_key: str, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    async with machine.user_client(tenant_key) as client:
        await create(client, events=STEPS, **LIMITS)
        webhook = await create_webhook(client, f"http://127.0.0.1:{port}/")
        objective = {"name": "Quick", "interactionName": "Checkout", "goodWhen": "GOOD", "target": 0.1, "minEvents": 5}
        # Burning while more than nine tenths of the checkouts are slow.
        rule = {"longMinutes": 2, "shortMinutes": 1, "factor": 1, "severity": "critical"}
        made = await client.post("/v1/slos", json={**objective, "burnRules": [rule], "webhookIds": [webhook["id"]]})
        assert made.status_code == 201, made.text
    server = {"WAYMARK_URL": machine.url, "WAYMARK_API_KEY": tenant_key, "PYTHONPATH": str(EXAMPLES.parent)}
    receiver = (sys.executable, EXAMPLES / "receive_webhooks.py", "--port", str(port))
    slow = tmp_path / "slow"
    slow.touch()
    async with (
        running(*receiver, environment={"WEBHOOK_SECRET": webhook["secret"]}) as received,
        running(sys.executable, EXAMPLES / "otel_checkout.py", *SHOP, slow, environment=server),
    ):
        _, firing = await lines_of(received, 2)
        slow.unlink()
        (resolved,) = await lines_of(received, 1)
    assert " 204 alert.firing critical 'Quick: 1 x over 2 and 1 min': burnRate is " in firing
    assert " 204 alert.resolved critical 'Quick: 1 x over 2 and 1 min': burnRate is " in resolved
    assert firing.split()[-1] == resolved.split()[-1]
