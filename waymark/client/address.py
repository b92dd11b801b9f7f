"""Finds the server's address and the key: as given, else from the environment, else from `credentials.json`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from waymark.client.errors import WaymarkError

CREDENTIALS_FILE = "credentials.json"


class AddressMissing(WaymarkError):
    """No server address or no key was found; the message says where they were looked for."""


@dataclass(frozen=True, slots=True)
class Address:
    """A server's address and the key to use with it."""

    url: str
    api_key: str = field(repr=False)


def default_data_dir() -> Path:
    """Return `WAYMARK_DATA_DIR`, else `.waymark` in the working directory."""
    return Path(os.environ.get("WAYMARK_DATA_DIR") or ".waymark")


def read_credentials(data_dir: Path) -> dict[str, Any] | None:
    """Read what the first start wrote into the data directory; None before it."""
    try:
        text = (data_dir / CREDENTIALS_FILE).read_bytes()
    except FileNotFoundError:
        return None
    return msgspec.json.decode(text, type=dict[str, Any])


def find_address(url: str | None = None, api_key: str | None = None, data_dir: Path | None = None) -> Address:
    """Complete what is not given from `WAYMARK_URL` and `WAYMARK_API_KEY`, then the data directory."""
    url = url or os.environ.get("WAYMARK_URL")
    api_key = api_key or os.environ.get("WAYMARK_API_KEY")
    if not url or not api_key:
        data_dir = data_dir or default_data_dir()
        credentials = read_credentials(data_dir)
        if credentials is None:
            raise AddressMissing(
                "no server to talk to: give its URL and an API key (on the command line --url and --api-key), "
                f"set WAYMARK_URL and WAYMARK_API_KEY, or run where {data_dir / CREDENTIALS_FILE} is"
            )
        url, api_key = url or credentials["url"], api_key or credentials["apiKey"]
    assert url is not None
    assert api_key is not None
    return Address(url.rstrip("/"), api_key)
