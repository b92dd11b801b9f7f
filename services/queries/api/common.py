"""What the routes of queries share: the history behind them, and how an answer goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.httpkit.positions import AS_OF_HEADER, MIN_POSITION_HEADER, format_as_of
from libs.service.reading import wait_for_min_position
from services.queries.reads import History


async def history_of(
    request: Request,
    _caller: Viewer,
    min_position: Annotated[
        str | None, Header(alias=MIN_POSITION_HEADER, description="Wait until these positions are applied.")
    ] = None,
) -> History:
    """The app's history, once it has applied what the request says it must; 503 when that takes too long."""
    history: History = request.state.history
    await wait_for_min_position(history.model, min_position, request.state.log_id)
    return history


HistoryOf = Annotated[History, Depends(history_of)]


def answered(content: dict[str, Any], as_of: datetime | None = None) -> Response:
    """The answer as JSON; where it is a list or a count, how fresh it is goes with it."""
    headers = None if as_of is None else {AS_OF_HEADER: format_as_of(as_of)}
    return Response(orjson.dumps(content), media_type="application/json", headers=headers)
