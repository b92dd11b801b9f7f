# Rendered by tests/support/blocking_client.py from waymark/client/asynchronous/interactions.py: change that file.
"""`client.interactions`: reading what was recorded, and following it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from waymark.client import calls
from waymark.client.blocking.driver import Driver
from waymark.client.blocking.streams import EventStream
from waymark.client.filters import PAGE_ITEMS, InteractionFilters, InteractionStreamFilters, ListOptions
from waymark.client.follow import INTERACTIONS, Following
from waymark.client.models import Gap, Interaction, Page
from waymark.client.positions import After


class Interactions:
    """`client.interactions`."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def list(self, *, after: After | None = None, **options: Unpack[ListOptions]) -> Page[Interaction]:
        """Read one page, newest first, with the exact total."""
        return self._driver.send(calls.list_interactions(options), after)

    def all(self, *, after: After | None = None, **filters: Unpack[InteractionFilters]) -> Iterator[Interaction]:
        """Iterate over every match, newest first; a page is read when the one before is used up."""
        cursor: str | None = None
        while True:
            page = self._driver.send(calls.list_interactions({**filters, "limit": PAGE_ITEMS, "cursor": cursor}), after)
            yield from page.data
            cursor = page.pagination.next_cursor
            if cursor is None:
                return

    def get(self, interaction_id: str, *, after: After | None = None) -> Interaction:
        """Read one interaction. Raises NotFound."""
        return self._driver.send(calls.get_interaction(interaction_id), after)

    def gaps(self, *, page: int = 1, limit: int = 50, after: After | None = None) -> Page[Gap]:
        """Read one page of the numbers that no list shows, each with why."""
        return self._driver.send(calls.list_gaps({"page": page, "limit": limit}), after)

    def stream(
        self,
        *,
        last_event_id: str | None = None,
        from_beginning: bool = False,
        **filters: Unpack[InteractionStreamFilters],
    ) -> EventStream[Interaction]:
        """Follow interactions, in order within a unit of work, from now on, from the beginning, or from right after an
        earlier stream's `last_event_id`.
        """
        following = Following(
            INTERACTIONS,
            self._driver.core.retries,
            filters,
            last_event_id=last_event_id,
            from_beginning=from_beginning,
        )
        return EventStream(self._driver, following)
