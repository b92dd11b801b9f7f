# Rendered by tests/support/blocking_client.py from waymark/client/asynchronous/traces.py: change that file.
"""`client.traces`: searching units of work."""

from __future__ import annotations

from typing import Unpack

from waymark.client import calls
from waymark.client.blocking.driver import Driver
from waymark.client.filters import TraceSearch
from waymark.client.models import Page, TraceSummary
from waymark.client.positions import After


class Traces:
    """`client.traces`."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def search(self, *, after: After | None = None, **options: Unpack[TraceSearch]) -> Page[TraceSummary]:
        """Read one page of the summaries of units of work."""
        return self._driver.send(calls.search_traces(options), after)
