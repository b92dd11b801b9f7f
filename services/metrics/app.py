"""Composes metrics: pools, log, credentials, relay; the lifespan owns all of them."""

from __future__ import annotations

from typing import TypedDict

from libs.auth.http import Access
from libs.contracts.paths import METRICS
from libs.objects.writes import Writes
from libs.pg.purges import TablePurge
from libs.projections.generations import ReadModel
from libs.service.parts import Parts
from libs.service.reading import is_built
from services.metrics.definitions.kinds import OBJECT_KINDS
from services.metrics.definitions.reads import MetricReads
from services.metrics.preview.previews import MetricPreviews, ScanBounds
from services.metrics.rules.reads import CustomerRuleReads
from services.metrics.runs.reads import RunReads
from services.metrics.runs.store import purge_old
from services.metrics.series.model import SERIES_MODEL
from services.metrics.settings import MetricsSettings
from services.metrics.values.reads import ValueReads


class State(TypedDict):
    """The state that requests find in their scope."""

    writes: Writes
    definitions: MetricReads
    rules: CustomerRuleReads
    runs: RunReads
    values: ValueReads
    previews: MetricPreviews
    access: Access
    log_id: str


async def start(parts: Parts, _: MetricsSettings) -> State:
    """Bring up what the routes need, and the relay."""
    log = await parts.log()
    credentials = await parts.credentials(log)
    objects = await parts.objects(log, OBJECT_KINDS)
    await parts.start("finished runs", TablePurge("finished runs", objects.projector, purge_old))
    await parts.observe()
    model = ReadModel(objects.requests, METRICS, SERIES_MODEL)
    parts.checks[SERIES_MODEL] = is_built(model)
    return State(
        writes=objects.writes,
        definitions=MetricReads(model),
        rules=CustomerRuleReads(objects.requests, model),
        runs=RunReads(objects.requests, log),
        values=ValueReads(model),
        previews=MetricPreviews(log, ScanBounds()),
        access=parts.access(credentials),
        log_id=await log.identity(),
    )
