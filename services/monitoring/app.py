"""Composes monitoring: pools, log, credentials, relay; the lifespan owns all of them."""

from __future__ import annotations

from typing import TypedDict

from libs.auth.http import Access
from libs.contracts.topics import MONITORING_STEPS
from libs.objects.writes import Writes
from libs.service.parts import Parts
from services.monitoring.definitions.closings import Closings
from services.monitoring.definitions.kinds import OBJECT_KINDS
from services.monitoring.definitions.reads import DefinitionReads
from services.monitoring.settings import MonitoringSettings


class State(TypedDict):
    """The state that requests find in their scope."""

    writes: Writes
    definitions: DefinitionReads
    closings: Closings
    access: Access
    log_id: str


async def start(parts: Parts, settings: MonitoringSettings) -> State:
    """Bring up what the routes need, and the relay."""
    log = await parts.log()
    credentials = await parts.credentials(log)
    objects = await parts.objects(log, OBJECT_KINDS)
    await parts.observe()
    partitions = len(await log.end_offsets([MONITORING_STEPS]))
    return State(
        writes=objects.writes,
        definitions=DefinitionReads(objects.requests),
        closings=Closings(partitions, settings.monitoring_watermark_ms),
        access=parts.access(credentials),
        log_id=await log.identity(),
    )
