"""What the routes of the history share: the history itself, as far as a request wants it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from libs.auth.http import Viewer
from libs.service.reading import MinPosition, wait_for_min_position
from services.queries.interactions.reads import HistoryReads


async def history_of(
    request: Request,
    _caller: Viewer,
    min_position: MinPosition = None,
) -> HistoryReads:
    """The app's history, once it has applied what the request says it must; 503 when that takes too long."""
    history: HistoryReads = request.state.history
    await wait_for_min_position(history.model, min_position, request.state.log_id)
    return history


HistoryOf = Annotated[HistoryReads, Depends(history_of)]
