"""`/v1/interactions`: the definitions of critical interactions, and their versions."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request
from fastapi.responses import Response

from libs.auth.causes import cause_of
from libs.auth.http import EditingUser, Viewer, ViewingUser
from libs.auth.principal import Principal
from libs.contracts.times import to_ms, to_ms_if_any
from libs.httpkit.dialects import critical_interactions
from libs.httpkit.paths import register_segment_but
from libs.httpkit.preconditions import IfMatchOf, etag, tagged
from libs.httpkit.responses import Responses
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.service.writing import OnceOf, WritesOf, no_content
from services.monitoring.answers import data, write_answer
from services.monitoring.definitions import rules
from services.monitoring.definitions.bodies import InteractionIn, InteractionPatchIn
from services.monitoring.definitions.closings import Closings
from services.monitoring.definitions.kinds import CRITICAL_INTERACTIONS, details
from services.monitoring.definitions.model import OPERATORS, RUNNING, STATUSES
from services.monitoring.definitions.reads import DefinitionReads, identified
from services.monitoring.definitions.schemas import (
    FilterOptionsOut,
    InteractionDetailsOut,
    InteractionIdOut,
    InteractionsPageOut,
    InteractionsQuery,
    InteractionVersionsOut,
    PageQuery,
)
from services.monitoring.definitions.store import InteractionFilter, InteractionStore

register_segment_but("interaction_name", "preview", "filter-options")
router = FamilyRouter(dialect=critical_interactions, prefix="/v1/interactions", tags=["critical interactions"])

_PATH = "/{name:interaction_name}"
_answers = Responses(
    {
        400: "`page` or `size` is missing",
        404: "No such critical interaction for this tenant",
        409: "There is one of that name already, or there may be no more, or no more may run",
    }
)
_changes = Responses(
    {
        404: "No such critical interaction for this tenant",
        409: "No more critical interactions may run, or matches of too many earlier versions of this one may be open",
    }
)

Reads = Annotated[DefinitionReads, state("definitions")]
ClosingsOf = Annotated[Closings, state("closings")]
Name = Annotated[str, Path(description="The critical interaction's name.", examples=["CheckoutSuccess"])]


@router.get(
    "",
    summary="List critical interactions",
    description="By name. `page` and `size` are needed: 400 without.",
    responses=_answers.of(InteractionsPageOut, 400, description="A page of the critical interactions"),
)
async def list_interactions(
    caller: ViewingUser, reads: Reads, query: Annotated[InteractionsQuery, Query()]
) -> Response:
    wanted = InteractionFilter(
        name_part=query.interaction_name,
        created_by=query.user_email,
        is_running=None if query.status is None else query.status == RUNNING,
    )
    found, total = await reads.page(caller.tenant_id, wanted, limit=query.size, offset=query.page * query.size)
    return data({"interactions": [details(one) for one in found], "totalInteractions": total})


@router.post(
    "",
    summary="Create a critical interaction",
    description="It runs at once: records accepted after the answer are judged by it.",
    responses=tagged(
        _answers.of(InteractionIdOut, 409, status=201, description="The id; counts from 1 in each tenant"), 201
    ),
    status_code=201,
)
async def create_interaction(
    body: InteractionIn, caller: EditingUser, writes: WritesOf, once: OnceOf, request: Request
) -> Response:
    tenant_id = caller.tenant_id
    written = await writes.create(
        CRITICAL_INTERACTIONS,
        tenant_id,
        cause_of(caller, request),
        once,
        lambda change: rules.create(change, body.definition(), _email(caller)),
        lambda conn, interaction_id: identified(InteractionStore(conn, tenant_id), interaction_id),
    )
    return write_answer(request, {"id": written.result.id}, written, status=201)


@router.get(
    "/filter-options",
    summary="List the values that filters may have",
    responses=_answers.of(FilterOptionsOut, description="Statuses, creators and operators, each sorted"),
)
async def get_filter_options(caller: Viewer, reads: Reads) -> Response:
    options = {
        "statuses": sorted(STATUSES),
        "createdBy": await reads.creators(caller.tenant_id),
        "operators": sorted(OPERATORS),
    }
    return data(options)


@router.get(
    _PATH,
    summary="Get a critical interaction",
    responses=tagged(_answers.of(InteractionDetailsOut, 404, description="The definition as it is now")),
)
async def get_interaction(name: Name, caller: ViewingUser, reads: Reads) -> Response:
    one = await reads.get(caller.tenant_id, name)
    return data(details(one), headers={"ETag": etag(one.version)})


@router.patch(
    _PATH,
    summary="Change a critical interaction",
    description="Each change makes a version, which judges the records accepted after the answer. STOPPED ends open "
    "matches as aborted.",
    responses=tagged(_changes.of(InteractionIdOut, 404, 409, description="The id")),
)
async def update_interaction(
    name: Name,
    body: InteractionPatchIn,
    caller: EditingUser,
    match: IfMatchOf,
    writes: WritesOf,
    closings: ClosingsOf,
    request: Request,
) -> Response:
    written = await writes.change(
        caller.tenant_id,
        cause_of(caller, request),
        lambda change: rules.update(change, name, body.changes(), match=match, by=_email(caller), closings=closings),
    )
    return write_answer(request, {"id": written.result.id}, written)


@router.delete(
    _PATH,
    summary="Delete a critical interaction",
    description="Ends open matches as aborted. The name may be used again.",
    status_code=204,
    responses=_answers.errors(404),
)
async def delete_interaction(
    name: Name, caller: EditingUser, match: IfMatchOf, writes: WritesOf, closings: ClosingsOf, request: Request
) -> Response:
    written = await writes.change(
        caller.tenant_id,
        cause_of(caller, request),
        lambda change: rules.delete(change, name, match=match, by=_email(caller), closings=closings),
    )
    return no_content(request, written)


@router.get(
    "/{name}/versions",
    summary="List the versions of a critical interaction, newest first",
    responses=_answers.of(InteractionVersionsOut, 404, description="A page of the versions"),
)
async def list_interaction_versions(
    name: Name, caller: Viewer, reads: Reads, query: Annotated[PageQuery, Query()]
) -> Response:
    found, total = await reads.versions(caller.tenant_id, name, limit=query.size, offset=query.page * query.size)
    shown = [
        {
            **details(one),
            "inForceFrom": to_ms(version.in_force_from),
            "inForceTo": to_ms_if_any(version.in_force_to),
            "changed": version.changed,
        }
        for one, version in found
    ]
    return data({"versions": shown, "totalVersions": total})


def _email(caller: Principal) -> str:
    assert caller.email is not None
    return caller.email
