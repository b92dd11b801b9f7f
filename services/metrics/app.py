"""Composes metrics: pools, log, credentials, relay; the lifespan owns all of them."""

from __future__ import annotations

from typing import TypedDict

from libs.auth.http import Access
from libs.objects.writes import Writes
from libs.service.parts import Parts
from services.metrics.definitions.kinds import OBJECT_KINDS
from services.metrics.rules.reads import CustomerRuleReads
from services.metrics.settings import MetricsSettings


class State(TypedDict):
    """The state that requests find in their scope."""

    writes: Writes
    rules: CustomerRuleReads
    access: Access
    log_id: str


async def start(parts: Parts, _: MetricsSettings) -> State:
    """Bring up what the routes need, and the relay."""
    log = await parts.log()
    credentials = await parts.credentials(log)
    objects = await parts.objects(log, OBJECT_KINDS)
    await parts.observe()
    return State(
        writes=objects.writes,
        rules=CustomerRuleReads(objects.requests),
        access=parts.access(credentials),
        log_id=await log.identity(),
    )
