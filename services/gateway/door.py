"""The recording routes, answered in front of the app. Nothing is answered 2xx before the log has acknowledged it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp

from libs.auth.principal import EDITOR
from libs.contracts.paths import GATEWAY
from libs.httpkit.dialects import events as events_dialect
from libs.httpkit.dialects import problem
from libs.httpkit.errors import ApiError
from libs.service.door import Door, RawRoute
from libs.telemetry.metrics import GATEWAY_RECORDS_REFUSED
from services.gateway.events.routes import EVENTS_PATH
from services.gateway.interactions.routes import BATCH_PATH, SINGLE_PATH

ROUTES: Mapping[str, RawRoute] = {
    SINGLE_PATH: RawRoute(SINGLE_PATH, EDITOR, problem),
    BATCH_PATH: RawRoute(BATCH_PATH, EDITOR, problem),
    EVENTS_PATH: RawRoute(EVENTS_PATH, EDITOR, events_dialect),
}
"""The recording paths."""


def door(app: ASGIApp) -> Door:
    """Return the door in front of the gateway's app."""
    return Door(app, GATEWAY, ROUTES.get, _count)


def _count(error: ApiError) -> None:
    GATEWAY_RECORDS_REFUSED.labels(error.code).inc()
