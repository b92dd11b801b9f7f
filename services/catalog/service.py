"""The catalog, declared."""

from __future__ import annotations

from pathlib import Path

from libs.contracts.paths import CATALOG
from libs.contracts.topics import CREDENTIALS, EVENTS, KEY_USES, REFERENCE
from libs.lazy import lazy_imports
from libs.service.service import Api, Service
from services.catalog.settings import CatalogSettings

with lazy_imports():
    from services.catalog import api, app, kinds, reactor
    from services.catalog.event_types import api as event_types

SERVICE = Service(
    CATALOG,
    description="Resource types, actions and origins: their mnemonics, icons and colours. Schemas of event types.",
    settings=CatalogSettings,
    topics=(EVENTS, REFERENCE, CREDENTIALS, KEY_USES),
    writes=(EVENTS, REFERENCE, KEY_USES),
    api=lambda: Api(app.start, routers=(*api.catalog_routers(), event_types.router)),
    consumers=lambda _: (reactor.StarterSets(),),
    objects=lambda _: kinds.OBJECT_KINDS,
    migrations=Path(__file__).with_name("migrations"),
)
