"""Turns of calls to one host: so many at a time, and none to a tenant that the host asked to come back later."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from services.workflows.task_types.model import MAX_RETRY_AFTER_S, Connected

_MAX_CLOSED: Final = 10_000
_URLS: Final = ("url", "baseUrl")


class Place(Protocol):
    """A task's turn among all others."""

    async def outside(self, wait: Awaitable[None]) -> None:
        """Wait without keeping the turn, and return once it is the task's again."""
        ...


class Hosts:
    """The calls under way to each host, at most `limit`, and the hosts that are closed for now."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: dict[str, asyncio.Semaphore] = {}
        self._users: dict[str, int] = {}
        self._closed_until: OrderedDict[tuple[str, str], float] = OrderedDict()

    def close(self, tenant_id: str, host: str, seconds: float) -> None:
        """Let no call of a tenant to a host begin for some time."""
        self._closed_until[tenant_id, host] = time.monotonic() + min(seconds, MAX_RETRY_AFTER_S)
        if len(self._closed_until) > _MAX_CLOSED:
            self._closed_until.popitem(last=False)

    @asynccontextmanager
    async def turn(self, tenant_id: str, host: str | None, place: Place) -> AsyncIterator[None]:
        """Do the block as one of the calls to a host; without a host at once."""
        if host is None:
            yield
            return
        limit = self._open.setdefault(host, asyncio.Semaphore(self._limit))
        self._users[host] = self._users.get(host, 0) + 1
        try:
            if (pause_s := self._closed_s(tenant_id, host)) > 0:
                await place.outside(asyncio.sleep(pause_s))
            async with _slot(limit, place):
                yield
        finally:
            self._users[host] -= 1
            if not self._users[host]:
                del self._users[host], self._open[host]

    def _closed_s(self, tenant_id: str, host: str) -> float:
        until = self._closed_until.get((tenant_id, host))
        if until is None:
            return 0.0
        left = until - time.monotonic()
        if left <= 0:
            self._closed_until.pop((tenant_id, host), None)
        return left


def host_of(body: Mapping[str, Any], connected: Connected | None) -> str | None:
    """Return the host that a task calls, as far as its fields and its integration tell."""
    settings = connected.settings if connected is not None else {}
    texts = (body.get("url"), *(settings.get(name) for name in _URLS))
    for text in texts:
        if isinstance(text, str) and "://" in text:
            try:
                return urlsplit(text).hostname
            except ValueError:
                return None
    return None


@asynccontextmanager
async def _slot(limit: asyncio.Semaphore, place: Place) -> AsyncIterator[None]:
    """Do the block as one of the calls; who waits for that keeps no turn, so that one host holds up no other's."""
    has_slot = False

    async def acquire() -> None:
        nonlocal has_slot
        await limit.acquire()
        has_slot = True

    try:
        await (place.outside(acquire()) if limit.locked() else acquire())
        yield
    finally:
        if has_slot:
            limit.release()
