"""Composes queries: the request pool, the read model, replicas of reference data and credentials, streams."""

from __future__ import annotations

from typing import TypedDict

from libs.auth.http import Access
from libs.contracts.paths import QUERIES
from libs.contracts.topics import REFERENCE
from libs.eventlog.port import EventLog
from libs.pg.roles import request_role
from libs.projections.generations import ReadModel
from libs.records.catalog import Catalog
from libs.records.events import EventRow
from libs.records.interactions import RecordedRow
from libs.service.parts import Parts
from libs.service.reading import is_built
from services.queries.events.model import EVENTS
from services.queries.events.reads import EventReads
from services.queries.interactions.model import HISTORY
from services.queries.interactions.reads import HistoryReads
from services.queries.settings import QueriesSettings
from services.queries.stream.events import STREAMED_EVENTS
from services.queries.stream.interactions import STREAMED_INTERACTIONS
from services.queries.stream.open_streams import OpenStreams
from services.queries.stream.streams import Streams


class State(TypedDict):
    """The state that requests find in their scope."""

    history: HistoryReads
    events: EventReads
    event_streams: Streams[EventRow]
    interaction_streams: Streams[RecordedRow]
    access: Access
    log: EventLog
    log_id: str


async def start(parts: Parts, settings: QueriesSettings) -> State:
    """Bring up what the routes read and stream."""
    log = await parts.log()
    requests = await parts.database(request_role(QUERIES))
    credentials = await parts.credentials(log)
    catalog = Catalog()
    reference = await parts.replica(log, REFERENCE, catalog.apply)
    log_id = await log.identity()
    open_streams = OpenStreams(
        most=settings.queries_streams_max, most_of_tenant=settings.queries_streams_per_tenant_max
    )
    event_streams = await parts.start("streams", Streams(STREAMED_EVENTS, log, log_id, open_streams))
    interaction_streams = await parts.start(
        "interaction streams", Streams(STREAMED_INTERACTIONS, log, log_id, open_streams)
    )
    await parts.observe()
    model = ReadModel(requests, QUERIES, HISTORY)
    parts.checks["history"] = is_built(model)
    events = ReadModel(requests, QUERIES, EVENTS)
    parts.checks["events"] = is_built(events)
    return State(
        history=HistoryReads(model, catalog, settings.queries_search_timeout_s),
        events=EventReads(events, catalog, settings.queries_search_timeout_s, reference.catch_up),
        event_streams=event_streams,
        interaction_streams=interaction_streams,
        access=parts.access(credentials),
        log=log,
        log_id=log_id,
    )
