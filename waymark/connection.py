"""Connects commands to the server: their options say where it is, and clients wait for one that restarts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from waymark import console
from waymark.client import AsyncClient, Client, Retries, WaymarkError
from waymark.client.address import Address, default_data_dir, find_address, read_credentials
from waymark.client.asynchronous.driver import AsyncDriver
from waymark.client.core import Core

__all__ = ["Connection", "default_data_dir", "read_credentials", "resolve_connection"]

_DEADLINE_S = 15.0
_IMPORT_DEADLINE_S = 600.0


@dataclass(frozen=True, slots=True)
class Connection:
    """A server's address and the key to use with it."""

    address: Address

    @property
    def url(self) -> str:
        """The server's address."""
        return self.address.url

    @property
    def api_key(self) -> str:
        """The key to use with it."""
        return self.address.api_key

    def blocking(self) -> Client:
        """Make a client for a command."""
        return Client(self.url, self.api_key, retries=_retries())

    def asynchronous(self) -> AsyncClient:
        """Make a client for a command that runs an event loop."""
        return AsyncClient(self.url, self.api_key, retries=_retries())

    def importing(self) -> AsyncDriver:
        """Make the driver that imports send through; it waits ten minutes for a server that is away."""
        return AsyncDriver(Core(Retries(deadline_s=_IMPORT_DEADLINE_S)), self.address)


def resolve_connection(url: str | None, api_key: str | None, data_dir: Path | None = None) -> Connection:
    """Choose the connection; what is None comes from the environment, else from `credentials.json`."""
    return Connection(find_address(url, api_key, data_dir))


def _retries() -> Retries:
    """Make retries that outlast a server's restart and say once that the server is waited for."""
    waiting: list[WaymarkError] = []

    def note(error: WaymarkError, _pause_s: float) -> None:
        if not waiting:
            console.warn(f"waiting for the server: {error}")
        waiting.append(error)

    return Retries(deadline_s=_DEADLINE_S, on_retry=note)
