"""`/api/v1/workflow-sessions`: sessions as they are, as they happen; cancelled, and run again."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Final

import orjson
from fastapi import Header, Path, Query, Request
from fastapi.responses import Response

from libs.auth.http import Editor, Viewer
from libs.auth.principal import VIEWER
from libs.httpkit.positions import AS_OF_HEADER, POSITION_HEADER, format_as_of
from libs.httpkit.request_headers import scan
from libs.httpkit.responses import Responses
from libs.httpkit.state import state
from libs.service.door import Answer
from libs.service.reading import caught_up
from libs.service.sse import LAST_EVENT_ID, StreamResponse, still_allowed
from services.workflows.definitions.versions import Versions
from services.workflows.family import SESSIONS_PATH, workflows_router
from services.workflows.running.documents import WaitHeader, run_answers
from services.workflows.running.prefer import wait_of
from services.workflows.running.runs import Runs
from services.workflows.running.streams import SessionStreams
from services.workflows.sessions.counts import SessionFilter
from services.workflows.sessions.filters import cursor_after, place_of, range_of
from services.workflows.sessions.reads import SessionReads
from services.workflows.sessions.render import session_json
from services.workflows.sessions.schemas import SessionOut, SessionsOut, SessionsQuery
from services.workflows.sessions.shapes import shape_for

router = workflows_router(SESSIONS_PATH, "workflow sessions")

_answers = Responses({404: "No such session for this tenant", 409: "The session has ended already"})
_EXAMPLE: Final = """\
retry: 1000

id: d2F5bWFyay4uLg
event: snapshot
data: {"sessionId":"0199439c-0440-70db-8d54-f9add9ea5f62","status":"running","tasks":[...],...}

event: task
data: {"task":"Fetch","status":"completed",...}

event: session
data: {"sessionId":"0199439c-0440-70db-8d54-f9add9ea5f62","status":"completed",...}

id: d2F5bWFyay4uLh
event: end
data: {"sessionId":"0199439c-0440-70db-8d54-f9add9ea5f62","status":"completed",...}

"""
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "event": {"enum": ["snapshot", "task", "session", "end"]},
        "data": {
            "type": "string",
            "description": "JSON: the session, for `task` the task, for `session` as lists show it.",
        },
        "id": {"type": "string", "description": "Of the last event of those that go out together."},
    },
    "required": ["event", "data"],
}
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "`snapshot` once, then `task` and `session` for all that changes, `end` at the end.",
        "content": {"text/event-stream": {"schema": _EVENT, "example": _EXAMPLE}},
    },
    204: {"description": "The client has the end of the session"},
    400: {"description": "`Last-Event-ID` is none of this log's"},
    503: {"description": "Too many streams are open"},
    **_answers.errors(404),
}
SessionId = Annotated[uuid.UUID, Path(alias="id", description="The session's id.")]
ReadsOf = Annotated[SessionReads, caught_up("sessions")]
RunsOf = Annotated[Runs, state("runs")]


@router.get(
    "",
    summary="List sessions, newest first",
    description="Without their tasks, inputs and outputs.",
    responses=_answers.of(SessionsOut, description="A page of the sessions"),
)
async def list_sessions(caller: Viewer, reads: ReadsOf, query: Annotated[SessionsQuery, Query()]) -> Response:
    wanted = SessionFilter(
        started=range_of(query.from_, query.to),
        workflow=query.workflow,
        status=query.status,
        uow_id=query.uow_id,
        parent=None if query.parent is None else str(query.parent),
    )
    page = await reads.page(caller.tenant_id, wanted, place_of(query.cursor), query.limit)
    pagination = {
        "limit": query.limit,
        "total": page.total,
        "hasNext": page.last is not None,
        "nextCursor": None if page.last is None else cursor_after(page.last),
    }
    content = orjson.dumps({"data": [orjson.Fragment(one) for one in page.shown], "pagination": pagination})
    return _json(content, headers={AS_OF_HEADER: format_as_of(page.as_of)})


@router.get(
    "/{id}", summary="Get a session", responses=_answers.of(SessionOut, 404, description="The session with its tasks")
)
async def get_session(
    session_id: SessionId, caller: Viewer, reads: ReadsOf, versions: Annotated[Versions, state("versions")]
) -> Response:
    found = (await reads.one(caller.tenant_id, str(session_id))).state
    return _json(session_json(found, await shape_for(versions, found)))


@router.get("/{id}/stream", summary="Stream a session as it happens", response_class=Response, responses=_STREAM)
async def stream_session(
    request: Request,
    session_id: SessionId,
    caller: Viewer,
    streams: Annotated[SessionStreams, state("session_streams")],
    last_event_id: Annotated[
        str | None, Header(alias=LAST_EVENT_ID, description="Id of the last event received.")
    ] = None,
) -> Response:
    """Server-sent events of one session. After the id of its newest state, only what changes from then on is sent."""
    stream = await streams.open(
        caller.tenant_id,
        str(session_id),
        last_event_id=last_event_id,
        allowed=still_allowed(request, caller, VIEWER),
    )
    return Response(status_code=204) if stream is None else StreamResponse(stream)


@router.post(
    "/{id}/cancel",
    status_code=202,
    summary="Cancel a session",
    description="Running calls are cut, open tasks and children become cancelled; results that are there stay.",
    responses=_answers.of(SessionOut, 404, 409, status=202, description="The log has the request; the session so far"),
)
async def cancel_session(session_id: SessionId, caller: Editor, runs: RunsOf) -> Response:
    return _sent(await runs.cancel(caller, str(session_id)))


@router.post(
    "/{id}/retry",
    summary="Run again what failed or was cancelled",
    description="Completed tasks stay completed, and the session keeps its version. Needs the role that `/run` needs,"
    " and answers as `/run` does.",
    responses=run_answers(404, 409),
)
async def retry_session(
    request: Request, session_id: SessionId, caller: Viewer, runs: RunsOf, _headers: Annotated[WaitHeader, Header()]
) -> Response:
    return _sent(await runs.retry(caller, str(session_id), wait_of(scan(request.scope["headers"]))))


def _json(content: bytes, *, headers: dict[str, str] | None = None) -> Response:
    return Response(content, media_type="application/json", headers=headers)


def _sent(answer: Answer) -> Response:
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    if answer.position is not None:
        headers[POSITION_HEADER] = answer.position.decode()
    return Response(answer.body, answer.status, media_type="application/json", headers=headers)
