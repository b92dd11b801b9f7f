"""What the routes of both kinds of streams have in common: parameters, answers, the answer itself."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Header, Query, Request
from fastapi.responses import Response

from libs.auth.principal import Principal
from libs.service.sse import LAST_EVENT_ID, StreamResponse, still_allowed
from services.queries.stream.model import RowT, Wanted
from services.queries.stream.streams import Streams


class Beginning(StrEnum):
    """The start of a stream without `Last-Event-ID`."""

    NOW = "now"
    BEGINNING = "beginning"


LastEventId = Annotated[
    str | None,
    Header(alias=LAST_EVENT_ID, description="Id of the last event received; the stream goes on after it."),
]
From = Annotated[Beginning, Query(alias="from", description="Start of the stream, unless `Last-Event-ID` is sent.")]


def stream_responses(record: str, data: str) -> dict[int | str, dict[str, Any]]:
    """Return the answers of a stream for OpenAPI; `data` is the beginning of a `record` as JSON."""
    example = (
        f"retry: 1000\nid: d2F5bWFyay4uLg\n\nid: d2F5bWFyay4uLh\ndata: {{{data},...}}\n\n: ping\nid: d2F5bWFyay4uLh\n\n"
    )
    return {
        200: {
            "description": f"`data` is {record} as the list shows it; `id` says where the whole log stands after it.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": example}},
        },
        400: {"description": "`Last-Event-ID` is none of this log's"},
        410: {"description": "What followed `Last-Event-ID` is not kept any more"},
        503: {"description": "Too many streams are open"},
    }


async def streamed(
    request: Request,
    caller: Principal,
    streams: Streams[RowT],
    wanted: Wanted[RowT],
    last_event_id: str | None,
    beginning: Beginning,
    *,
    role: str,
) -> Response:
    """Answer with a stream of what is wanted, for as long as the caller may do what `role` may."""
    stream = await streams.open(
        caller.tenant_id,
        wanted,
        last_event_id=last_event_id,
        from_beginning=beginning is Beginning.BEGINNING,
        still_allowed=still_allowed(request, caller, role),
    )
    return StreamResponse(stream)
