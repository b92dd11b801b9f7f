"""Traces, declared."""

from __future__ import annotations

from libs.contracts.paths import TRACES
from libs.contracts.topics import CREDENTIALS, EVENTS, INTERACTIONS, KEY_USES, REFERENCE
from libs.lazy import lazy_imports
from libs.service.service import Api, Service
from services.traces.settings import TracesSettings

with lazy_imports():
    from services.traces import api, app, events_api, projection

SERVICE = Service(
    TRACES,
    description="Units of work: their records in order, summaries, trees, and the graph of origins.",
    settings=TracesSettings,
    topics=(INTERACTIONS, EVENTS, REFERENCE, CREDENTIALS, KEY_USES),
    writes=(KEY_USES,),
    api=lambda: Api(app.start, routers=(api.router, events_api.router)),
    consumers=lambda _: (projection.TracesProjection(),),
)
