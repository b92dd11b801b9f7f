"""Composes traces: the request pool, the read model, replicas of reference data and credentials, routes."""

from __future__ import annotations

from typing import TypedDict

from fastapi import FastAPI

from libs.auth.http import Access
from libs.contracts.topics import CREDENTIALS, EVENTS, INTERACTIONS, REFERENCE
from libs.eventlog.port import EventLog
from libs.pg.roles import request_role
from libs.projections.generations import ReadModel
from libs.records.catalog import Catalog
from libs.service.app import create_service_app
from libs.service.parts import Parts
from libs.service.reading import is_built
from services.traces.api import router
from services.traces.events_api import router as events
from services.traces.model import SERVICE, TRACES
from services.traces.reads import TracesReads
from services.traces.settings import TracesSettings

TOPICS = (INTERACTIONS, EVENTS, REFERENCE, CREDENTIALS)


class State(TypedDict):
    """What the lifespan gives to requests."""

    traces: TracesReads
    access: Access
    log_id: str


def create_app(settings: TracesSettings, *, log: EventLog | None = None) -> FastAPI:
    """The API of traces; `log`, when given, is started already and not stopped here."""
    return create_service_app(
        SERVICE,
        settings,
        lambda parts: _start(parts, settings),
        routers=[router, events],
        description="Units of work: their records in order, summaries, trees, and who follows whom.",
        log=log,
    )


async def _start(parts: Parts, settings: TracesSettings) -> State:
    log = await parts.log(TOPICS)
    requests = await parts.database(request_role(SERVICE))
    credentials = await parts.credentials(log)
    catalog = Catalog()
    await parts.replica(log, REFERENCE, catalog.apply)
    await parts.observe()
    model = ReadModel(requests, SERVICE, TRACES)
    parts.checks["traces"] = is_built(model)
    return State(
        traces=TracesReads(model, catalog, settings.traces_search_timeout_s),
        access=parts.access(credentials),
        log_id=await log.identity(),
    )
