"""Queries, declared."""

from __future__ import annotations

from pathlib import Path

from libs.contracts.paths import QUERIES
from libs.contracts.topics import CREDENTIALS, EVENTS, INTERACTIONS, KEY_USES, REFERENCE
from libs.lazy import lazy_imports
from libs.service.service import Api, Service
from services.queries.settings import QueriesSettings

with lazy_imports():
    from services.queries import app, routers
    from services.queries.events import outcomes
    from services.queries.events import projection as events
    from services.queries.interactions import projection as interactions

SERVICE = Service(
    QUERIES,
    description="The history of interactions and events: lists with exact totals, single ones, counts over time, "
    "activity; streams of both.",
    settings=QueriesSettings,
    topics=(INTERACTIONS, EVENTS, REFERENCE, CREDENTIALS, KEY_USES),
    writes=(KEY_USES,),
    migrations=Path(__file__).with_name("migrations"),
    api=lambda: Api(app.start, routers=routers.ROUTERS),
    consumers=lambda settings: (
        interactions.HistoryProjection(),
        events.EventsProjection(outcomes.Outcomes.of(settings)),
    ),
)
