"""Composes monitoring: pools, log, credentials, relay; the lifespan owns all of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TypedDict

from libs.auth.http import Access
from libs.contracts.paths import MONITORING
from libs.contracts.topics import MONITORING_STEPS
from libs.objects.writes import Writes
from libs.outbound.client import Outbound, user_agent
from libs.outbound.guard import Guard
from libs.projections.generations import ReadModel
from libs.schedule.due_loop import schedule_hints
from libs.service.parts import Parts
from libs.service.reading import is_built
from libs.vault.vault import Vault
from services.monitoring.alerts.evaluating import start_evaluating
from services.monitoring.alerts.evaluation import Pace
from services.monitoring.alerts.reads import RuleReads
from services.monitoring.definitions.closings import Closings
from services.monitoring.definitions.kinds import OBJECT_KINDS
from services.monitoring.definitions.reads import DefinitionReads
from services.monitoring.health.figures import ResultFigures
from services.monitoring.health.freshness import Freshness
from services.monitoring.health.model import HEALTH_MODEL
from services.monitoring.health.reads import HealthReads
from services.monitoring.matches.model import MATCHES_MODEL
from services.monitoring.preview.previews import PreviewBounds, Previews
from services.monitoring.settings import MonitoringSettings
from services.monitoring.slos.reads import SloReads
from services.monitoring.webhooks.reads import WebhookReads
from services.monitoring.webhooks.sending import start_sending


class State(TypedDict):
    """The state that requests find in their scope."""

    writes: Writes
    definitions: DefinitionReads
    health: HealthReads
    slos: SloReads
    alerts: RuleReads
    closings: Closings
    previews: Previews
    webhooks: WebhookReads
    vault: Vault
    outbound: Outbound
    access: Access
    log_id: str


async def start(parts: Parts, settings: MonitoringSettings) -> State:
    """Bring up what the routes need, the relay, the evaluator of alert rules and the sender of webhooks."""
    vault = Vault(settings.secret)
    outbound = Outbound(Guard(settings.outbound_allow), user_agent("Webhooks"))
    log = await parts.log()
    credentials = await parts.credentials(log)
    objects = await parts.objects(log, OBJECT_KINDS)
    figures = ResultFigures(objects.projector, lambda: objects.relay.active)
    parts.exports(figures, figures.look)
    hints = await parts.start("schedule hints", schedule_hints(objects.projector, MONITORING))
    await start_sending(
        parts, objects.projector, hints, vault, outbound, retry_first_ms=settings.webhook_retry_first_ms
    )
    pace = Pace(
        interval=timedelta(milliseconds=settings.monitoring_evaluation_ms),
        watermark=timedelta(milliseconds=settings.monitoring_watermark_ms),
    )
    await start_evaluating(parts, objects.projector, hints, pace)
    await parts.observe()
    model = ReadModel(objects.requests, MONITORING, HEALTH_MODEL)
    parts.checks[HEALTH_MODEL] = is_built(model)
    freshness = Freshness(objects.requests, settings.monitoring_watermark_ms)
    partitions = len(await log.end_offsets([MONITORING_STEPS]))
    return State(
        writes=objects.writes,
        definitions=DefinitionReads(objects.requests),
        health=HealthReads(model, ReadModel(objects.requests, MONITORING, MATCHES_MODEL), freshness),
        slos=SloReads(objects.requests, model, freshness),
        alerts=RuleReads(objects.requests),
        closings=Closings(partitions, settings.monitoring_watermark_ms),
        previews=Previews(
            log,
            settings.monitoring_watermark_ms,
            PreviewBounds(open_matches=settings.monitoring_open_matches_max),
        ),
        webhooks=WebhookReads(objects.requests),
        vault=vault,
        outbound=outbound,
        access=parts.access(credentials),
        log_id=await log.identity(),
    )
