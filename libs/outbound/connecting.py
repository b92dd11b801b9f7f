"""Connects to judged addresses, whatever the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from libs.outbound.addresses import IPAddress

ConnectionT = TypeVar("ConnectionT")

_MAX_ATTEMPTS: Final = 4
_PATIENCE_S: Final = 2.0


async def first_connected(
    addresses: Sequence[IPAddress],
    connect: Callable[[IPAddress], Awaitable[ConnectionT]],
    failures: tuple[type[Exception], ...] = (OSError,),
    *,
    patience_s: float = _PATIENCE_S,
) -> ConnectionT:
    """Return the connection to the first of `addresses`, at least one, that takes it; few are tried.

    One that is silent holds up the next for `patience_s`. `connect` raises one of `failures` for an address that
    does not answer; that of the last is raised.
    """
    *others, last = addresses[:_MAX_ATTEMPTS]
    for address in others:
        try:
            async with asyncio.timeout(patience_s):
                return await connect(address)
        except TimeoutError:
            continue
        except failures:
            continue
    return await connect(last)
