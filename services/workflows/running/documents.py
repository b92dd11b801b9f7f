"""The parts of OpenAPI shared by the routes that run workflows."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Header
from pydantic import BaseModel, Field

from libs.httpkit.responses import Described, Responses
from services.workflows.running.answers import SESSION_HEADER
from services.workflows.sessions.schemas import SessionOut

_answers = Responses(
    {
        404: "No such workflow for this tenant",
        409: "The workflow is not active, or a request with this Idempotency-Key is being worked on",
        424: "The session failed (`workflow_failed`) or was cancelled (`workflow_cancelled`); the problem has its"
        " `sessionId`, and the whole `session`",
    }
)
_TEXT: Final = {"schema": {"type": "string"}}
_HEADERS: Final[dict[str, Any]] = {
    SESSION_HEADER: {"description": "The session's id.", **_TEXT},
    "Waymark-Position": {
        "description": "How far the log is known; send it back as Waymark-Min-Position to read the session.",
        **_TEXT,
    },
}
_LOCATION: Final = {"Location": {"description": "Where the session is read.", **_TEXT}}


class WaitHeader(BaseModel):
    """How long the caller wants to wait."""

    prefer: str | None = Field(
        None, description="`wait=<seconds>`, 30 by default, at most 120; `respond-async` waits for nothing."
    )


class RunHeaders(WaitHeader):
    """The headers of a request that starts a session."""

    uow_id: str | None = Field(None, alias="x-uowid", max_length=200, description="Unit of work; else the session's.")
    traceparent: str | None = Field(
        None, description="W3C trace context; its trace id is the unit of work when x-uowid is absent."
    )
    idempotency_key: str | None = Field(
        None,
        alias="Idempotency-Key",
        max_length=255,
        description="Requests with one key start one session; a repeat waits for it, and is 422 if the body differs.",
    )


HeadersOf = Annotated[RunHeaders, Header()]


def run_answers(*errors: int) -> Described:
    """Return the answers of a route that runs something and waits for its end."""
    found = _answers.of(SessionOut, *errors, 424, description="The session, which completed")
    accepted = {"model": SessionOut, "description": "The session goes on; the log has its start"}
    return {
        200: {**found[200], "headers": _HEADERS},
        202: {**accepted, "headers": _HEADERS | _LOCATION},
        **{status: answer for status, answer in found.items() if status != 200},
    }
