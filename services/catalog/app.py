"""Composes the catalog: pools, log, credentials, relay, routes; the lifespan owns all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypedDict

from fastapi import FastAPI
from libs.eventlog.open import open_log

from libs.auth.authenticator import Authenticator
from libs.auth.http import Access
from libs.auth.replicated import ReplicatedCredentials
from libs.contracts.topics import CREDENTIALS, EVENTS, REFERENCE
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.outbox import Relay
from libs.eventlog.port import EventLog
from libs.httpkit.app import create_app as create_http_app
from libs.httpkit.health import Check
from libs.httpkit.idempotency import IdempotencyStore
from libs.pg.database import Database
from libs.pg.errors import DatabaseUnavailable
from libs.pg.roles import projector_role, request_role
from libs.telemetry.exposition import render_metrics
from services.catalog.api import catalog_routers
from services.catalog.catalog import Catalog
from services.catalog.changes import Changes
from services.catalog.readiness import StarterSetsReady, outbox_works
from services.catalog.records import SERVICE
from services.catalog.republish import republish
from services.catalog.settings import CatalogSettings

TOPICS = (EVENTS, REFERENCE, CREDENTIALS)


class State(TypedDict):
    """What the lifespan gives to requests."""

    catalog: Catalog
    access: Access
    log_id: str


def create_app(settings: CatalogSettings, *, log: EventLog | None = None) -> FastAPI:
    """The catalog's API with its relay; `log`, when given, is started already and not stopped here."""
    checks: dict[str, Check] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with AsyncExitStack() as stack:
            yield await _start(stack, settings, log, checks)

    return create_http_app(
        SERVICE,
        routers=catalog_routers(),
        lifespan=lifespan,
        unavailable=(DatabaseUnavailable, LogUnavailable),
        description="Resource types, actions and origins: their mnemonics, icons and colours.",
        checks=checks,
        metrics=_metrics,
    )


async def _start(
    stack: AsyncExitStack, settings: CatalogSettings, shared_log: EventLog | None, checks: dict[str, Check]
) -> State:
    log = shared_log or await _own_log(stack, settings)
    await log.check_topics(TOPICS)
    requests = await stack.enter_async_context(await connect(settings, request_role(SERVICE)))
    projector = await stack.enter_async_context(await connect(settings, projector_role(SERVICE)))
    credentials = ReplicatedCredentials(log)
    stack.push_async_callback(credentials.stop)
    await credentials.start()

    async def publish_what_is_missing() -> None:
        await republish(log, projector)

    relay = Relay(log, projector, SERVICE, on_active=publish_what_is_missing)
    stack.push_async_callback(relay.stop)
    await relay.start()
    checks["starter_sets"] = StarterSetsReady(projector, credentials.index, relay)
    checks["outbox"] = outbox_works(relay)
    authenticator = Authenticator(
        credentials,
        issuer=settings.token_issuer,
        audience=settings.token_audience,
        allowed_origins=settings.allowed_origins,
        key_uses=credentials.key_uses,
    )
    return State(
        catalog=Catalog(requests, relay, changes=Changes(), receipts=IdempotencyStore(SERVICE)),
        access=Access(authenticator, cookie_name=settings.cookie_name),
        log_id=await log.identity(),
    )


async def connect(settings: CatalogSettings, role: str) -> Database:
    """A pool on the catalog's schema under one of its roles."""
    assert settings.database_url is not None
    return await Database.connect(
        settings.database_url,
        role=role,
        application_name=f"waymark-{SERVICE}",
        min_size=settings.database_pool_min_size,
        max_size=settings.database_pool_max_size,
        search_path=(SERVICE,),
        statement_timeout_s=settings.database_statement_timeout_s,
    )


async def _own_log(stack: AsyncExitStack, settings: CatalogSettings) -> EventLog:
    log = await open_log(settings)
    stack.push_async_callback(log.stop)
    await log.start()
    return log


async def _metrics() -> bytes:
    return render_metrics()
