"""Work of every service with a read model around its answers: wait for what the caller wrote, read one snapshot in
bounded time, say how fresh an answer is and whether the model is built.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from typing import Annotated, Any, NamedTuple

import asyncpg
import orjson
from fastapi import Depends, Header, Request
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.eventlog.errors import ModelBehind
from libs.eventlog.port import TopicPartition
from libs.httpkit.errors import Unavailable, unavailable
from libs.httpkit.health import Check
from libs.httpkit.positions import (
    AS_OF_HEADER,
    MIN_POSITION_HEADER,
    READ_YOUR_WRITES_TIMEOUT_S,
    format_as_of,
    parse_min_position,
)
from libs.httpkit.raising import raises
from libs.pg.database import Connection
from libs.pg.errors import DatabaseUnavailable
from libs.projections.generations import ReadModel

MinPosition = Annotated[
    str | None, Header(alias=MIN_POSITION_HEADER, description="Wait until these positions are applied.")
]


class Answer(NamedTuple):
    """The content of an answer, and the accept time up to which it is complete."""

    content: Any
    as_of: datetime


def answered(content: Any, as_of: datetime | None = None) -> Response:
    """Return the answer as JSON; where it is a list or a count, how fresh it is goes with it."""
    headers = None if as_of is None else {AS_OF_HEADER: format_as_of(as_of)}
    return Response(orjson.dumps(content), media_type="application/json", headers=headers)


@asynccontextmanager
async def reading(model: ReadModel, tenant_id: str, *, narrow_it: str | None = None) -> AsyncIterator[Connection]:
    """Yield a snapshot of the serving generation.

    A statement that runs out of time is a 503 saying how to `narrow_it`, where that can be done.
    """
    try:
        async with model.transaction(tenant_id) as conn:
            yield conn
    except asyncpg.QueryCanceledError:
        advice = "try again later" if narrow_it is None else f"narrow it by {narrow_it}"
        raise unavailable(f"the query takes too long; {advice}") from None


@cache
def caught_up(name: str) -> Any:
    """Make the dependency that gives `request.state.<name>` once its `model` is at `Waymark-Min-Position`.

    It waits for authenticated callers only. It raises 422 for a header that is no position, ModelBehind after 5 s.
    """

    @raises(Unavailable)
    async def read(request: Request, _caller: Viewer, min_position: MinPosition = None) -> Any:
        reads = getattr(request.state, name)
        offsets = parse_min_position(min_position, request.state.log_id)
        if offsets:
            positions = {TopicPartition(*place): offset for place, offset in offsets.items()}
            await reads.model.wait_for(positions, timeout_s=READ_YOUR_WRITES_TIMEOUT_S)
        return reads

    return Depends(read)


def is_built(model: ReadModel) -> Check:
    """Return the check that a generation of the model serves."""

    async def check() -> str | None:
        try:
            await model.as_of()
        except (DatabaseUnavailable, ModelBehind) as error:
            return str(error)
        return None

    return check
