"""Composes the gateway: number store, log, replicas, runtime, and the door in front of the app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from libs.auth.authenticator import Authenticator
from libs.auth.http import Access
from libs.auth.replicated import ReplicatedCredentials
from libs.contracts.topics import CREDENTIALS, INTERACTIONS, REFERENCE
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.open import open_log
from libs.eventlog.port import EventLog
from libs.eventlog.replica import Replica
from libs.eventlog.transactional import TransactionalLog
from libs.httpkit.app import create_app as create_http_app
from libs.httpkit.health import Check
from libs.telemetry.exposition import render_metrics
from services.gateway.api import router
from services.gateway.catalog import CatalogIndex
from services.gateway.desk import Desk
from services.gateway.door import Door, DoorState, Open
from services.gateway.intake import Intake
from services.gateway.runtime import Runtime
from services.gateway.settings import GatewaySettings
from services.gateway.setup import SERVICE
from services.gateway.store import PgNumberStore

TOPICS = (INTERACTIONS, REFERENCE, CREDENTIALS)


def create_app(settings: GatewaySettings, *, log: EventLog | None = None) -> FastAPI:
    """The gateway; `log`, when given, is started already and not stopped here."""
    state = DoorState()
    checks: dict[str, Check] = {}

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            state.open = await _open(stack, settings, log, checks)
            app.state.access = state.open.access
            yield
            state.open = None

    app = create_http_app(
        SERVICE,
        routers=[router],
        lifespan=lifespan,
        unavailable=(LogUnavailable,),
        description="Records interactions: numbered without gaps, acknowledged once the log has them.",
        checks=checks,
        metrics=_metrics,
    )
    app.add_middleware(Door, state=state)
    return app


async def _open(
    stack: AsyncExitStack, settings: GatewaySettings, shared_log: EventLog | None, checks: dict[str, Check]
) -> Open:
    log = shared_log or await _own_log(stack, settings)
    await log.check_topics(TOPICS)
    credentials = ReplicatedCredentials(log)
    stack.push_async_callback(credentials.stop)
    await credentials.start()
    catalog = CatalogIndex()
    reference = Replica(log, REFERENCE, catalog.apply)
    stack.push_async_callback(reference.stop)
    await reference.start()
    runtime = await _runtime(stack, settings, log)
    checks["door"] = runtime.why_not_ready
    desk = Desk(Intake(catalog), runtime.group_commit, reference.catch_up, await log.identity())
    return Open(Access(_authenticator(settings, credentials), cookie_name=settings.cookie_name), desk)


async def _runtime(stack: AsyncExitStack, settings: GatewaySettings, log: EventLog) -> Runtime:
    assert settings.database_url is not None
    inside = log if isinstance(log, TransactionalLog) else None
    store = PgNumberStore(settings.database_url, log=inside, timeout_s=settings.gateway_store_timeout_s)
    stack.push_async_callback(store.close)
    runtime = Runtime(
        store,
        log,
        appends_inside=inside is not None,
        limits=settings.limits,
        lease_ttl_s=settings.gateway_lease_ttl_s,
    )
    stack.push_async_callback(runtime.stop)
    await runtime.start()
    return runtime


def _authenticator(settings: GatewaySettings, credentials: ReplicatedCredentials) -> Authenticator:
    return Authenticator(
        credentials,
        issuer=settings.token_issuer,
        audience=settings.token_audience,
        allowed_origins=settings.allowed_origins,
        key_uses=credentials.key_uses,
    )


async def _own_log(stack: AsyncExitStack, settings: GatewaySettings) -> EventLog:
    log = await open_log(settings)
    stack.push_async_callback(log.stop)
    await log.start()
    return log


async def _metrics() -> bytes:
    return render_metrics()
