"""Interactions as they happen, as server-sent events."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.auth.principal import VIEWER
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.records.interactions import RecordedRow
from services.queries.interactions.reads import HistoryReads
from services.queries.interactions.schemas import InteractionStreamFilters
from services.queries.stream.api import Beginning, From, LastEventId, stream_responses, streamed
from services.queries.stream.interactions import WantedInteractions
from services.queries.stream.streams import Streams

router = FamilyRouter(prefix="/api/interactions", tags=["interactions"])
RESPONSES = stream_responses(
    "an interaction", '"interactionId":"0199439c-0440-70db-8d54-f9add9ea5f62","interactionNumber":42'
)


@router.get("/stream", summary="Interactions as they happen", response_class=Response, responses=RESPONSES)
async def stream_interactions(
    request: Request,
    caller: Viewer,
    streams: Annotated[Streams[RecordedRow], state("interaction_streams")],
    history: Annotated[HistoryReads, state("history")],
    filters: Annotated[InteractionStreamFilters, Query()],
    last_event_id: LastEventId = None,
    beginning: From = Beginning.NOW,
) -> Response:
    """Server-sent events from the log, in order within a unit of work; nothing lost or repeated across reconnects."""
    wanted = WantedInteractions(caller.tenant_id, filters, history.catalog)
    return await streamed(request, caller, streams, wanted, last_event_id, beginning, role=VIEWER)
