"""`POST /v1/interactions/preview`: what a definition would have produced of past records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Request
from fastapi.responses import Response

from libs.auth.http import ViewingUser
from libs.contracts.times import to_ms
from libs.httpkit.dialects import critical_interactions
from libs.httpkit.responses import Responses
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.service.reading import answered
from services.monitoring.preview.bodies import PreviewIn
from services.monitoring.preview.previews import Previews
from services.monitoring.preview.schemas import PreviewOut

router = FamilyRouter(dialect=critical_interactions, prefix="/v1/interactions", tags=["critical interactions"])

_answers = Responses({503: "Two previews run already in this process"})
PreviewsOf = Annotated[Previews, state("previews")]


@router.post(
    "/preview",
    summary="Preview a critical interaction on past records",
    description="What the definition would have produced of the records accepted in a range, the last day by default. "
    "Nothing is written.",
    responses=_answers.of(PreviewOut, 503, description="The figures, and the results that ended last"),
)
async def preview_interaction(body: PreviewIn, caller: ViewingUser, previews: PreviewsOf, request: Request) -> Response:
    span = body.span(to_ms(datetime.now(UTC)))
    found = await previews.run(
        caller.tenant_id, body.definition(), span, limit=body.limit, is_abandoned=request.is_disconnected
    )
    return answered({"data": found})
