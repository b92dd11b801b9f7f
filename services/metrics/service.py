"""The declaration of metrics."""

from __future__ import annotations

from pathlib import Path

from libs.contracts.paths import METRICS
from libs.contracts.topics import CREDENTIALS, EVENTS, INTERACTIONS, KEY_USES, METRIC_VALUES
from libs.lazy import lazy_imports
from libs.service.service import Api, Service
from services.metrics.settings import MetricsSettings

with lazy_imports():
    from services.metrics import app
    from services.metrics.backfill import job as backfill
    from services.metrics.backfill import sweeper
    from services.metrics.definitions import api as definitions
    from services.metrics.preview import api as preview
    from services.metrics.rules import api as rules
    from services.metrics.runs import api as runs
    from services.metrics.runs import job
    from services.metrics.series import projection as series
    from services.metrics.values import api as values
    from services.metrics.values import publisher, valuer

SERVICE = Service(
    METRICS,
    description="Behavioural metrics: definitions, values by customer; the policies and rules that refer to them.",
    settings=MetricsSettings,
    topics=(INTERACTIONS, EVENTS, CREDENTIALS, KEY_USES, METRIC_VALUES),
    writes=(EVENTS, KEY_USES, METRIC_VALUES),
    api=lambda: Api(
        app.start,
        routers=(definitions.router, preview.router, values.router, runs.router, *rules.ROUTERS),
    ),
    consumers=lambda _: (series.SeriesProjection(),),
    jobs=lambda _: (backfill.Backfill(), sweeper.Sweeper(), job.Runs(), valuer.Valuer(), publisher.Publisher()),
    migrations=Path(__file__).with_name("migrations"),
)
