"""From the items of a request to drafts, each item judged by itself.

A draft refused for a name that the replica of the catalog does not know is judged again once the replica has caught
up. One bad item never costs the good ones, and other requests get their turn between pieces.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

from libs.eventlog.errors import LogUnavailable
from libs.httpkit.errors import ApiError, Unprocessable, unavailable
from libs.httpkit.json_values import holds_only_plain_values
from libs.telemetry.metrics import GATEWAY_RECORDS_REFUSED
from services.gateway.numbering.gate import RETRY_AFTER_S
from services.gateway.wire.arrays import Text

PIECE: Final = 200
PIECE_BYTES: Final = 256 * 1024
"""The numbers of items and of their bytes that are worked on before other requests get their turn."""
D_co = TypeVar("D_co", covariant=True)
D = TypeVar("D")
CatchUp = Callable[[], Awaitable[None]]
"""Brings the replica of the catalog to the topic's end."""


class UnknownName(Unprocessable):
    """a name is used that the catalog does not have"""


class Judge(Protocol[D_co]):
    """Makes the draft of one item, or raises its refusal.

    `is_plain`: the values of the text were looked at already, so that only its depth can be wrong.
    """

    def __call__(self, text: bytes, /, *, is_plain: bool = False) -> D_co: ...


def catching_up(catch_up: CatchUp) -> CatchUp:
    """Return `catch_up`, raising 503 instead of LogUnavailable."""

    async def reach_the_end() -> None:
        try:
            await catch_up()
        except LogUnavailable:
            raise unavailable("the catalog cannot be looked up now; try again", RETRY_AFTER_S) from None

    return reach_the_end


async def judge_one(judge: Callable[[], D], catch_up: CatchUp) -> D:
    """Return the draft by the catalog as it is now; raises the refusal, or 503 when the catalog cannot be looked up."""
    try:
        return judge()
    except UnknownName:
        await catch_up()
    return judge()


async def judge_items(texts: Sequence[Text], judge: Judge[D], catch_up: CatchUp) -> list[D | ApiError]:
    """Return each item's draft or refusal; raises 503 when the catalog cannot be looked up for an unknown name."""
    judged: list[D | ApiError] = []
    for piece in _pieces(texts):
        is_plain = holds_only_plain_values(b"\n".join(piece))
        judged += [_judged(judge, text, is_plain) for text in piece]
        await asyncio.sleep(0)
    unknown = [index for index, one in enumerate(judged) if isinstance(one, UnknownName)]
    if unknown:
        await catch_up()
    for count, index in enumerate(unknown, start=1):
        judged[index] = _judged(judge, texts[index], is_plain=False)
        if count % PIECE == 0:
            await asyncio.sleep(0)
    for one in judged:
        if isinstance(one, ApiError):
            GATEWAY_RECORDS_REFUSED.labels(one.code).inc()
    return judged


def _pieces(texts: Sequence[Text]) -> Iterator[list[Text]]:
    piece: list[Text] = []
    size_bytes = 0
    for text in texts:
        piece.append(text)
        size_bytes += len(text)
        if len(piece) == PIECE or size_bytes >= PIECE_BYTES:
            yield piece
            piece, size_bytes = [], 0
    if piece:
        yield piece


def _judged(judge: Judge[D], text: Text, is_plain: bool) -> D | ApiError:
    try:
        return judge(bytes(text), is_plain=is_plain)
    except ApiError as error:
        return without_frames(error)


def without_frames(error: ApiError) -> ApiError:
    """Return the error without the frames it came through, which hold on to all that an item was parsed into."""
    error.__traceback__ = error.__context__ = None
    return error
