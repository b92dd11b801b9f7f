"""Events by correlation, in the events family's dialect."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path as PathValue
from fastapi import Query
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.auth.principal import ADMIN
from libs.httpkit.dialects import events
from libs.httpkit.router import FamilyRouter
from libs.service.reading import answered
from services.traces.api import TracesOf
from services.traces.schemas import CORRELATED

MAX_LIMIT = 100
MAX_OFFSET = 2**53

router = FamilyRouter(dialect=events, prefix="/api/v1/events/correlation", tags=["events"])


@router.get("/{correlation_id}", summary="List events by correlation", responses=CORRELATED)
async def list_correlated(
    correlation_id: Annotated[str, PathValue(description="Correlation id, percent-encoded.")],
    caller: Viewer,
    traces: TracesOf,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Events per page.")] = MAX_LIMIT,
    offset: Annotated[int, Query(ge=0, le=MAX_OFFSET, description="Events before the page.")] = 0,
) -> Response:
    """List a correlation's events by time and id, oldest first; an unknown correlation has none. Totals are exact."""
    to_admin = caller.allows(ADMIN)
    return answered(*await traces.correlated(caller.tenant_id, correlation_id, offset, limit, to_admin=to_admin))
