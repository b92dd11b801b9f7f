"""Composes traces: the request pool, the read model, replicas of reference data and credentials."""

from __future__ import annotations

from typing import TypedDict

from libs.auth.http import Access
from libs.contracts.paths import TRACES
from libs.contracts.topics import REFERENCE
from libs.pg.roles import request_role
from libs.projections.generations import ReadModel
from libs.records.catalog import Catalog
from libs.service.parts import Parts
from libs.service.reading import is_built
from services.traces.model import TRACES_MODEL
from services.traces.reads import TracesReads
from services.traces.settings import TracesSettings


class State(TypedDict):
    """The state that requests find in their scope."""

    traces: TracesReads
    access: Access
    log_id: str


async def start(parts: Parts, settings: TracesSettings) -> State:
    """Bring up what the routes read."""
    log = await parts.log()
    requests = await parts.database(request_role(TRACES))
    credentials = await parts.credentials(log)
    catalog = Catalog()
    await parts.replica(log, REFERENCE, catalog.apply)
    await parts.observe()
    model = ReadModel(requests, TRACES, TRACES_MODEL)
    parts.checks["traces"] = is_built(model)
    return State(
        traces=TracesReads(model, catalog, settings.traces_search_timeout_s),
        access=parts.access(credentials),
        log_id=await log.identity(),
    )
