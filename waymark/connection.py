"""The command line's way to the server: an address as its options give it, and clients that are patient with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import httpx

from waymark.client import AsyncClient, Client, Retries, WaymarkError
from waymark.client.address import Address, default_data_dir, find_address, read_credentials
from waymark.console import errors

__all__ = ["Connection", "default_data_dir", "read_credentials", "resolve_connection"]

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_DEADLINE_S = 15.0


@dataclass(frozen=True, slots=True)
class Connection:
    """A server's address and the key to use with it."""

    address: Address

    @property
    def url(self) -> str:
        """The server."""
        return self.address.url

    @property
    def api_key(self) -> str:
        """The key."""
        return self.address.api_key

    def client(self) -> httpx.AsyncClient:
        """A bare HTTP client that sends the key with every request, for imports, which have retries of their own."""
        return httpx.AsyncClient(base_url=self.url, headers={"x-api-key": self.api_key}, timeout=_TIMEOUT)

    def blocking(self) -> Client:
        """A client of the API."""
        return Client(self.url, self.api_key, retries=_retries())

    def asynchronous(self) -> AsyncClient:
        """The same for the event loop."""
        return AsyncClient(self.url, self.api_key, retries=_retries())


def resolve_connection(url: str | None, api_key: str | None, data_dir: Path | None = None) -> Connection:
    """The connection to use; what is absent comes from the environment, else from `credentials.json`."""
    return Connection(find_address(url, api_key, data_dir))


def _retries() -> Retries:
    """Patient enough for a server that restarts; who waits is told, once."""
    waiting: list[WaymarkError] = []

    def note(error: WaymarkError, _pause_s: float) -> None:
        if not waiting:
            errors.print(f"waiting for the server: {error}", markup=False, highlight=False, soft_wrap=True)
        waiting.append(error)

    return Retries(deadline_s=_DEADLINE_S, on_retry=note)
