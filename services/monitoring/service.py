"""Monitoring, declared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from libs.contracts.paths import MONITORING
from libs.contracts.topics import (
    CREDENTIALS,
    CRITICAL_INTERACTIONS,
    DEFAULT_PARTITIONS,
    EVENTS,
    INTERACTIONS,
    KEY_USES,
    MONITORING_STEPS,
    REFERENCE,
)
from libs.lazy import lazy_imports
from libs.service.service import AnyConsumer, Api, Service
from services.monitoring.settings import MonitoringSettings

with lazy_imports():
    from services.monitoring import app
    from services.monitoring.alerts import api as alerts
    from services.monitoring.definitions import api as definitions
    from services.monitoring.definitions import kinds
    from services.monitoring.gate import reactor as gate
    from services.monitoring.health import api as health
    from services.monitoring.health import decider
    from services.monitoring.health import projection as health_projection
    from services.monitoring.matches import projection as matches
    from services.monitoring.matches import ticker
    from services.monitoring.preview import api as preview
    from services.monitoring.slos import api as slos
    from services.monitoring.webhooks import api as webhooks


def _consumers(settings: MonitoringSettings) -> Sequence[AnyConsumer]:
    return (
        gate.Gate(settings.monitoring_watermark_ms),
        matches.MatchesProjection(
            open_matches_max=settings.monitoring_open_matches_max, partitions=settings.partitions or DEFAULT_PARTITIONS
        ),
        health_projection.HealthProjection(),
    )


SERVICE = Service(
    MONITORING,
    description="Critical interactions: definitions, matching, health; the webhooks that are told of alerts.",
    settings=MonitoringSettings,
    topics=(INTERACTIONS, EVENTS, REFERENCE, CREDENTIALS, KEY_USES, MONITORING_STEPS, CRITICAL_INTERACTIONS),
    writes=(EVENTS, REFERENCE, KEY_USES, MONITORING_STEPS, CRITICAL_INTERACTIONS),
    api=lambda: Api(
        app.start,
        routers=(
            definitions.router,
            preview.router,
            health.router,
            slos.router,
            alerts.router,
            webhooks.router,
        ),
    ),
    consumers=_consumers,
    jobs=lambda settings: (ticker.Ticker(settings.monitoring_tick_ms), decider.Decider()),
    apart=frozenset(("consumers", "jobs")),
    objects=lambda _: kinds.OBJECT_KINDS,
    migrations=Path(__file__).with_name("migrations"),
)
