"""Where the command line finds the server and the key: flags, then the environment, then `credentials.json`."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from libs.service.private_files import CREDENTIALS_FILE
from waymark.errors import CommandFailed

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)


class ConnectionMissing(CommandFailed):
    """There is no server address or no key to be found; the message says where one was looked for."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A server's address and the key to use with it."""

    url: str
    api_key: str

    def client(self) -> httpx.AsyncClient:
        """An HTTP client that sends the key with every request."""
        return httpx.AsyncClient(base_url=self.url, headers=self._headers, timeout=_TIMEOUT)

    def blocking_client(self) -> httpx.Client:
        """The same for code that is not asynchronous."""
        return httpx.Client(base_url=self.url, headers=self._headers, timeout=_TIMEOUT)

    @property
    def _headers(self) -> dict[str, str]:
        return {"x-api-key": self.api_key}

    def __repr__(self) -> str:
        return f"Connection(url={self.url!r})"


def default_data_dir() -> Path:
    """`WAYMARK_DATA_DIR`, else `.waymark` in the working directory."""
    return Path(os.environ.get("WAYMARK_DATA_DIR") or ".waymark")


def read_credentials(data_dir: Path) -> dict[str, Any] | None:
    """What the first start wrote into the data directory, None when there is nothing yet."""
    try:
        credentials: dict[str, Any] = json.loads((data_dir / CREDENTIALS_FILE).read_bytes())
    except FileNotFoundError:
        return None
    return credentials


def resolve_connection(url: str | None, api_key: str | None, data_dir: Path | None = None) -> Connection:
    """The connection to use; an absent `url` or `api_key` comes from the environment, else from `credentials.json`."""
    url = url or os.environ.get("WAYMARK_URL")
    api_key = api_key or os.environ.get("WAYMARK_API_KEY")
    data_dir = data_dir or default_data_dir()
    if url is None or api_key is None:
        credentials = read_credentials(data_dir)
        if credentials is None:
            raise ConnectionMissing(
                f"no server to talk to: give --url and --api-key (or WAYMARK_URL and WAYMARK_API_KEY), "
                f"or run where {data_dir / CREDENTIALS_FILE} is"
            )
        url, api_key = url or credentials["url"], api_key or credentials["apiKey"]
    assert url is not None
    assert api_key is not None
    return Connection(url.rstrip("/"), api_key)
