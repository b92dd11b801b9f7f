"""Connects commands to the server: their options say where it is, and clients wait for one that restarts.

A server that is not there is said to be so within two seconds: only one that has answered is waited for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from libs.lazy import without
from waymark import console
from waymark.errors import CommandFailed

with without("rich"):  # for the command line that httpx has
    from waymark.client import AsyncClient, Client, ConnectionFailed, Retries, WaymarkError
    from waymark.client.address import Address, default_data_dir, find_address, read_credentials
    from waymark.client.asynchronous.driver import AsyncDriver
    from waymark.client.core import Core
    from waymark.client.retries import Request

__all__ = ["Connection", "ServerAway", "default_data_dir", "read_credentials", "resolve_connection"]

CONNECT_TIMEOUT_S = 1.2
_DEADLINE_S = 15.0
_IMPORT_DEADLINE_S = 600.0
_AWAY_S = 0.6
SLOW_S = 1.5
_ANY_ANSWER = Request("GET", "/healthz")


class ServerAway(CommandFailed):
    """Nothing answers at the address; the message says which, and what to do."""


class Connection:
    """A server's address and the key to use with it; makes a command's clients."""

    def __init__(self, address: Address) -> None:
        self.url = address.url
        self.api_key = address.api_key
        self._address = address
        self._began_s = time.monotonic()
        self._has_answered = False
        self._has_said_so = False
        self._slow = threading.Timer(SLOW_S, self._say_waiting)
        self._slow.daemon = True

    @contextmanager
    def blocking(self) -> Iterator[Client]:
        """Make a client for a command. Raises ServerAway from the block."""
        with self._watched(), Client(self.url, self.api_key, retries=self.retries()) as client:
            yield client

    @asynccontextmanager
    async def asynchronous(self) -> AsyncIterator[AsyncClient]:
        """Make a client for a command that runs an event loop. Raises ServerAway from the block."""
        with self._watched():
            async with AsyncClient(self.url, self.api_key, retries=self.retries()) as client:
                yield client

    @asynccontextmanager
    async def importing(self) -> AsyncIterator[AsyncDriver]:
        """Make the driver that imports send through; it waits ten minutes for a server that went away.

        Raises ServerAway, also when the server is not there to begin with.
        """
        retries = Retries(deadline_s=_IMPORT_DEADLINE_S, connect_timeout_s=CONNECT_TIMEOUT_S)
        with self._watched():
            async with AsyncDriver(Core(retries), self._address) as driver:
                await driver.drive(retries.once(_ANY_ANSWER))
                self.answered()
                yield driver

    def answered(self) -> None:
        """Wait for the server from now on as for one that restarts."""
        self._has_answered = True
        self._slow.cancel()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Say that the server is waited for once that takes long, and name it when nothing answers there."""
        self._slow.start()
        try:
            yield
        except ConnectionFailed as error:
            raise ServerAway(f"{self.url}: {error}; start it with `waymark up`, or say where it is by --url") from error
        finally:
            self._slow.cancel()

    def retries(self) -> Retries:
        """Make a client's retries: they outlast a restart, and give up at once on a server that never answered."""

        def note(error: WaymarkError, pause_s: float) -> None:
            if isinstance(error, ConnectionFailed) and not self._has_answered:
                if time.monotonic() + pause_s > self._began_s + _AWAY_S:
                    raise error
                return
            self._say_waiting(f": {error}")

        return Retries(deadline_s=_DEADLINE_S, connect_timeout_s=CONNECT_TIMEOUT_S, on_retry=note)

    def _say_waiting(self, why: str = "") -> None:
        if not self._has_said_so:
            console.warn(f"waiting for the server at {self.url}{why}")
        self._has_said_so = True


def resolve_connection(url: str | None, api_key: str | None, data_dir: Path | None = None) -> Connection:
    """Choose the connection; what is None comes from the environment, else from `credentials.json`."""
    return Connection(find_address(url, api_key, data_dir))
