"""A service's HTTP app: parts come up with its lifespan and go down in the opposite order, errors look alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI

from libs.eventlog.port import EventLog
from libs.httpkit.app import App, create_app
from libs.httpkit.health import Check
from libs.service.parts import BEHIND, UNAVAILABLE, Parts, metrics
from libs.service.settings import ServiceSettings

Start = Callable[[Parts], Awaitable[Mapping[str, Any]]]
"""Brings up what requests need; the answer is their state."""


def create_service_app(
    service: str,
    settings: ServiceSettings,
    start: Start,
    *,
    routers: Sequence[APIRouter],
    description: str,
    log: EventLog | None = None,
) -> App:
    """The app of a service; `log`, when given, is started already and not stopped here."""
    checks: dict[str, Check] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        async with AsyncExitStack() as stack:
            yield await start(Parts(stack, settings, service, checks=checks, log=log))

    return create_app(
        service,
        routers=routers,
        lifespan=lifespan,
        unavailable=UNAVAILABLE,
        behind=BEHIND,
        description=description,
        checks=checks,
        metrics=metrics,
    )
