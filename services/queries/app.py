"""Composes queries: the request pool, the read model, replicas of reference data and credentials, routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypedDict

from fastapi import FastAPI

from libs.auth.authenticator import Authenticator
from libs.auth.http import Access
from libs.auth.replicated import ReplicatedCredentials
from libs.contracts.topics import CREDENTIALS, INTERACTIONS, REFERENCE
from libs.eventlog.errors import LogUnavailable, ModelBehind
from libs.eventlog.generations import ReadModel
from libs.eventlog.open import open_log
from libs.eventlog.port import EventLog
from libs.eventlog.replica import Replica
from libs.httpkit.app import create_app as create_http_app
from libs.httpkit.health import Check
from libs.pg.database import Database
from libs.pg.errors import DatabaseUnavailable
from libs.pg.roles import request_role
from libs.telemetry.exposition import render_metrics
from services.queries.api import router
from services.queries.catalog import Catalog
from services.queries.projection import HISTORY, SERVICE
from services.queries.reads import History
from services.queries.settings import QueriesSettings

TOPICS = (INTERACTIONS, REFERENCE, CREDENTIALS)


class State(TypedDict):
    """What the lifespan gives to requests."""

    history: History
    access: Access
    log_id: str


def create_app(settings: QueriesSettings, *, log: EventLog | None = None) -> FastAPI:
    """The API of queries; `log`, when given, is started already and not stopped here."""
    checks: dict[str, Check] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with AsyncExitStack() as stack:
            yield await _start(stack, settings, log, checks)

    return create_http_app(
        SERVICE,
        routers=[router],
        lifespan=lifespan,
        unavailable=(DatabaseUnavailable, LogUnavailable, ModelBehind),
        description="The history of interactions: lists with exact totals, single ones, and gaps in their numbers.",
        checks=checks,
        metrics=_metrics,
    )


async def _start(
    stack: AsyncExitStack, settings: QueriesSettings, shared_log: EventLog | None, checks: dict[str, Check]
) -> State:
    log = shared_log or await _own_log(stack, settings)
    await log.check_topics(TOPICS)
    requests = await stack.enter_async_context(await _connect(settings))
    credentials = ReplicatedCredentials(log)
    stack.push_async_callback(credentials.stop)
    await credentials.start()
    catalog = Catalog()
    reference = Replica(log, REFERENCE, catalog.apply)
    stack.push_async_callback(reference.stop)
    await reference.start()
    model = ReadModel(requests, SERVICE, HISTORY)
    checks["history"] = _is_built(model)
    return State(
        history=History(model, catalog, settings.queries_json_filter_timeout_s),
        access=Access(_authenticator(settings, credentials), cookie_name=settings.cookie_name),
        log_id=await log.identity(),
    )


async def _connect(settings: QueriesSettings) -> Database:
    assert settings.database_url is not None
    return await Database.connect(
        settings.database_url,
        role=request_role(SERVICE),
        application_name=f"waymark-{SERVICE}",
        min_size=settings.database_pool_min_size,
        max_size=settings.database_pool_max_size,
        search_path=(SERVICE,),
        statement_timeout_s=settings.database_statement_timeout_s,
    )


def _is_built(model: ReadModel) -> Check:
    """The check that a generation of the history serves."""

    async def check() -> str | None:
        try:
            await model.as_of()
        except (DatabaseUnavailable, ModelBehind) as error:
            return str(error)
        return None

    return check


def _authenticator(settings: QueriesSettings, credentials: ReplicatedCredentials) -> Authenticator:
    return Authenticator(
        credentials,
        issuer=settings.token_issuer,
        audience=settings.token_audience,
        allowed_origins=settings.allowed_origins,
        key_uses=credentials.key_uses,
    )


async def _own_log(stack: AsyncExitStack, settings: QueriesSettings) -> EventLog:
    log = await open_log(settings)
    stack.push_async_callback(log.stop)
    await log.start()
    return log


async def _metrics() -> bytes:
    return render_metrics()
