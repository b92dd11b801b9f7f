"""A service's HTTP app: parts come up with its lifespan and go down in the opposite order, errors look alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI

from libs.eventlog.port import EventLog
from libs.httpkit.app import App, create_app
from libs.httpkit.cors import allowing_origins
from libs.httpkit.health import Check
from libs.service.parts import BEHIND, UNAVAILABLE, Parts, metrics
from libs.service.service import S, Service


def create_service_app(service: Service[S], settings: S, *, log: EventLog | None = None) -> App:
    """Return the service's API with its relay; `log`, when given, is started already and not stopped here."""
    api = service.api()
    checks: dict[str, Check] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        async with AsyncExitStack() as stack:
            parts = Parts(stack, settings, service.name, service.topics, checks=checks, log=log)
            yield await api.start(parts, settings)

    app = create_app(
        service.name,
        routers=api.routers,
        lifespan=lifespan,
        unavailable=UNAVAILABLE,
        behind=BEHIND,
        description=service.description,
        checks=checks,
        metrics=metrics,
    )
    if api.front is not None:
        app.put_in_front(api.front)
    app.put_in_front(lambda inner: allowing_origins(inner, settings.cors_origins))
    return app
