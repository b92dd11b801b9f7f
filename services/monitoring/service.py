"""Monitoring, declared."""

from __future__ import annotations

from pathlib import Path

from libs.contracts.paths import MONITORING
from libs.contracts.topics import (
    CREDENTIALS,
    CRITICAL_INTERACTIONS,
    EVENTS,
    INTERACTIONS,
    KEY_USES,
    MONITORING_STEPS,
    REFERENCE,
)
from libs.lazy import lazy_imports
from libs.service.service import Api, Service
from services.monitoring.settings import MonitoringSettings

with lazy_imports():
    from services.monitoring import app
    from services.monitoring.definitions import api as definitions
    from services.monitoring.definitions import kinds
    from services.monitoring.gate import reactor as gate
    from services.monitoring.health import api as health
    from services.monitoring.health import projection as health_projection

SERVICE = Service(
    MONITORING,
    description="Critical interactions: their definitions, the matching of records with them, their health.",
    settings=MonitoringSettings,
    topics=(INTERACTIONS, EVENTS, REFERENCE, CREDENTIALS, KEY_USES, MONITORING_STEPS, CRITICAL_INTERACTIONS),
    writes=(EVENTS, REFERENCE, KEY_USES, MONITORING_STEPS, CRITICAL_INTERACTIONS),
    api=lambda: Api(app.start, routers=(definitions.router, health.router)),
    consumers=lambda settings: (gate.Gate(settings.monitoring_watermark_ms), health_projection.HealthProjection()),
    apart=True,
    objects=lambda _: kinds.OBJECT_KINDS,
    migrations=Path(__file__).with_name("migrations"),
)
