"""`/v1/interactions`: the definitions of critical interactions."""

from __future__ import annotations

from typing import Annotated

from fastapi.responses import JSONResponse, Response

from libs.auth.http import Viewer
from libs.httpkit.dialects import critical_interactions
from libs.httpkit.responses import Responses
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from services.monitoring.definitions.model import OPERATORS, STATUSES
from services.monitoring.definitions.reads import DefinitionReads
from services.monitoring.definitions.schemas import FilterOptionsOut

router = FamilyRouter(dialect=critical_interactions, prefix="/v1/interactions", tags=["critical interactions"])

_answers = Responses({})
Reads = Annotated[DefinitionReads, state("definitions")]


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
    return JSONResponse({"data": options})
