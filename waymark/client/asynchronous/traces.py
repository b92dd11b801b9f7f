"""`client.traces`: searching units of work."""

from __future__ import annotations

from typing import Unpack

from waymark.client import calls
from waymark.client.asynchronous.driver import AsyncDriver
from waymark.client.filters import TraceSearch
from waymark.client.models import Page, TraceSummary
from waymark.client.positions import After


class AsyncTraces:
    """`client.traces`."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def search(self, *, after: After | None = None, **options: Unpack[TraceSearch]) -> Page[TraceSummary]:
        """Read one page of the summaries of units of work."""
        return await self._driver.send(calls.search_traces(options), after)
