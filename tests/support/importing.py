"""What an import sends through, to a server behind a test's own transport."""

from __future__ import annotations

import httpx

from waymark.client.address import Address
from waymark.client.asynchronous.driver import AsyncDriver
from waymark.client.core import Core
from waymark.client.retries import Retries


def driver_of(transport: httpx.AsyncBaseTransport, api_key: str = "key") -> AsyncDriver:
    """A driver whose pauses are too short to notice."""
    retries = Retries(first_pause_s=0.001, longest_pause_s=0.002)
    return AsyncDriver(Core(retries), Address("http://server", api_key), transport)
