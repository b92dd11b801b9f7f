# Rendered by tests/support/blocking_client.py from waymark/client/asynchronous/keys.py: change that file.
"""`client.keys`: API keys, for an admin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from waymark.client import calls
from waymark.client.blocking.driver import Driver
from waymark.client.filters import PAGE_ITEMS, Moment
from waymark.client.models import Key, NewKey, Page


class Keys:
    """`client.keys`."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def create(
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
        return self._driver.send(calls.create_key(fields, idempotency_key))

    def list(self, *, page: int = 1, limit: int = PAGE_ITEMS) -> Page[Key]:
        """Read one page, newest first, revoked keys included."""
        return self._driver.send(calls.list_keys({"page": page, "limit": limit}))

    def all(self) -> Iterator[Key]:
        """Iterate over every key, page after page."""
        number, more = 0, True
        while more:
            number += 1
            page = self.list(page=number)
            yield from page.data
            more = page.pagination.has_next

    def revoke(self, key_id: str) -> None:
        """End a key; it stops working everywhere within a second."""
        self._driver.send(calls.revoke_key(key_id))
