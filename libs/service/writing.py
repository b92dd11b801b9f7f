"""Parts that routes which change objects have in common: the service's writes, idempotency keys, positions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from libs.eventlog.port import Positions
from libs.httpkit.idempotency import HEADER, KeyInFlight, hash_request, parse_key
from libs.httpkit.positions import POSITION_HEADER, encode_position
from libs.httpkit.raising import raises
from libs.httpkit.state import state
from libs.objects.idempotency import Once
from libs.objects.writes import Writes, Written

WritesOf = Annotated[Writes, state("writes")]


@raises(KeyInFlight)
async def _once(
    request: Request,
    key: Annotated[str | None, Header(alias=HEADER, description="Repeats with the same key create nothing.")] = None,
) -> Once:
    return Once(parse_key(key), hash_request(request.method, request.scope["path"], await request.body()))


OnceOf = Annotated[Once, Depends(_once)]
"""The request's `Idempotency-Key`, with a hash of its method, path and body."""


def position_header(request: Request, positions: Positions | None) -> dict[str, str]:
    """Return the position header of a write; none when the log was slower than the request would wait."""
    if positions is None:
        return {}
    offsets = {(at.topic, at.partition): offset for at, offset in positions.items()}
    return {POSITION_HEADER: encode_position(request.state.log_id, offsets)}


def no_content(request: Request, written: Written[Any]) -> Response:
    """Return the 204 of a write."""
    return Response(status_code=204, headers=position_header(request, written.positions))
