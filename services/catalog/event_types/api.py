"""`/api/v1/event-types`: the schemas that payloads of events are checked against."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Body, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import StrictBool

from libs.auth.causes import cause_of
from libs.auth.http import Editor, Viewer
from libs.contracts.reference import dataschema_of
from libs.contracts.times import format_time, format_time_if_any
from libs.event_schemas.expansion import MAX_SCHEMA_BYTES
from libs.httpkit.bodies import body_limit
from libs.httpkit.dialects import events
from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.responses import Described, Responses
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.service.writing import WritesOf, no_content, position_header
from services.catalog.event_types import rules
from services.catalog.event_types.kinds import schema_data
from services.catalog.event_types.model import MAX_EVENT_TYPE_CHARS, EventType, SchemaVersion, is_event_type
from services.catalog.event_types.reads import SchemaReads
from services.catalog.event_types.schemas import EventTypesOut, SchemaVersionOut, SchemaVersionsOut

router = FamilyRouter(dialect=events, prefix="/api/v1/event-types", tags=["event types"])

_ARCHIVED: dict[str, bool | None] = {"false": False, "true": True, "all": None}
_MAX_VERSION = 2**31 - 1
_answers = Responses(
    {
        404: "No such schema for this tenant",
        409: "What was valid may no longer be: `errors` names each place, `force=true` takes the schema nevertheless; "
        "or no more event types may have one",
    }
)


async def event_type_name(
    event_type: Annotated[str, Path(alias="eventType", max_length=MAX_EVENT_TYPE_CHARS, examples=["order.shipped"])],
) -> str:
    """Return the event type of the path; raises 422."""
    if not is_event_type(event_type):
        raise Unprocessable(
            Violation(("path", "eventType"), "printable characters without blanks at the ends are expected")
        )
    return event_type


Reads = Annotated[SchemaReads, state("schemas")]
Name = Annotated[str, Depends(event_type_name)]
Version = Annotated[int | None, Query(ge=1, le=_MAX_VERSION, description="Version number; when absent, the latest.")]
Limit = Annotated[int, Query(ge=1, le=100)]
Offset = Annotated[int, Query(ge=0, le=10**12)]
Archived = Annotated[
    Literal["false", "true", "all"],
    Query(description="`true`: archived event types alone; `all`: archived and active ones."),
]
Force = Annotated[bool, Query(description="Register the schema even if it may refuse payloads that were valid.")]
SchemaBody = Annotated[
    dict[str, Any] | StrictBool,
    Body(
        description="A JSON Schema (2020-12) for the payload; `$ref` only to `#/$defs/<name>`.",
        examples=[{"type": "object", "properties": {"carrier": {"type": "string"}}, "required": ["carrier"]}],
    ),
]


def _shown(model: Any, *errors: int) -> Described:
    return _answers.of(model, *errors, description="The schemas as stored")


@router.get("", summary="List the event types that have a schema", responses=_shown(EventTypesOut))
async def list_event_types(
    caller: Viewer, reads: Reads, archived: Archived = "false", limit: Limit = 100, offset: Offset = 0
) -> Response:
    found, total = await reads.list(caller.tenant_id, archived=_ARCHIVED[archived], limit=limit, offset=offset)
    shown = [_event_type_json(event_type) for event_type in found]
    return JSONResponse({"eventTypes": shown, "total": total, "limit": limit, "offset": offset})


@router.put(
    "/{eventType}/schema",
    summary="Register the schema of an event type",
    description="From now on events of the type are checked against it. The same schema again makes no new version.",
    responses=_shown(SchemaVersionOut, 409)
    | {201: {"model": SchemaVersionOut, "description": "The event type's first schema"}},
)
@body_limit(MAX_SCHEMA_BYTES)
async def register_schema(
    name: Name,
    schema: SchemaBody,
    caller: Editor,
    writes: WritesOf,
    limit: Annotated[int, state("event_types_limit")],
    request: Request,
    force: Force = False,
) -> Response:
    usable = await rules.check_usable(schema)
    written = await writes.change(
        caller.tenant_id,
        cause_of(caller, request),
        lambda change: rules.register(change, name, usable, limit=limit, force=force),
    )
    headers = position_header(request, written.positions)
    return JSONResponse(_version_json(written.result.version), 201 if written.result.is_first else 200, headers=headers)


@router.get(
    "/{eventType}/schema",
    summary="Get the schema of an event type",
    responses=_shown(SchemaVersionOut, 404),
)
async def get_schema(name: Name, caller: Viewer, reads: Reads, version: Version = None) -> Response:
    return JSONResponse(_version_json(await reads.get(caller.tenant_id, name, version)))


@router.get(
    "/{eventType}/schema/versions",
    summary="List the versions of a schema, newest first",
    responses=_shown(SchemaVersionsOut, 404),
)
async def list_versions(name: Name, caller: Viewer, reads: Reads, limit: Limit = 100, offset: Offset = 0) -> Response:
    found, total = await reads.versions(caller.tenant_id, name, limit=limit, offset=offset)
    shown = [_version_json(version) for version in found]
    return JSONResponse({"versions": shown, "total": total, "limit": limit, "offset": offset})


@router.delete(
    "/{eventType}/schema",
    summary="Archive the schema of an event type",
    description="Events of the type are no longer checked. Its versions stay readable; registering takes it up again.",
    status_code=204,
    responses=_answers.errors(404),
)
async def archive_schema(name: Name, caller: Editor, writes: WritesOf, request: Request) -> Response:
    written = await writes.change(
        caller.tenant_id, cause_of(caller, request), lambda change: rules.archive(change, name)
    )
    return no_content(request, written)


def _version_json(version: SchemaVersion) -> dict[str, Any]:
    return {**schema_data(version), "archivedAt": _archived_at(version.event_type)}


def _event_type_json(event_type: EventType) -> dict[str, Any]:
    return {
        "eventType": event_type.name,
        "latestVersion": event_type.latest_version,
        "dataschema": dataschema_of(event_type.name, event_type.latest_version),
        "createdAt": format_time(event_type.created_at),
        "modifiedAt": format_time(event_type.modified_at),
        "archivedAt": _archived_at(event_type),
    }


def _archived_at(event_type: EventType) -> str | None:
    return format_time_if_any(event_type.archived_at)
