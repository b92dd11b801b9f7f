"""`client.keys`: API keys, for an admin."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from waymark.client import calls
from waymark.client.asynchronous.driver import AsyncDriver
from waymark.client.filters import PAGE_ITEMS, Moment
from waymark.client.models import Key, NewKey, Page


class AsyncKeys:
    """`client.keys`."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def create(
        self,
        label: str,
        roles: Iterable[str] = ("editor",),
        *,
        expires_at: Moment | None = None,
        rate_limit_per_minute: int | None = None,
        idempotency_key: str | None = None,
    ) -> NewKey:
        """Make a key; only this answer has its text."""
        fields = calls.key_fields(label, roles, expires_at, rate_limit_per_minute)
        return await self._driver.send(calls.create_key(fields, idempotency_key))

    async def list(self, *, page: int = 1, limit: int = PAGE_ITEMS) -> Page[Key]:
        """Read one page, newest first, revoked keys included."""
        return await self._driver.send(calls.list_keys({"page": page, "limit": limit}))

    async def all(self) -> AsyncIterator[Key]:
        """Iterate over every key, page after page."""
        number, more = 0, True
        while more:
            number += 1
            page = await self.list(page=number)
            for key in page.data:
                yield key
            more = page.pagination.has_next

    async def revoke(self, key_id: str) -> None:
        """End a key; it stops working everywhere within a second."""
        await self._driver.send(calls.revoke_key(key_id))
