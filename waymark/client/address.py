"""Finds the server's address and the key: as given, else from the environment, else from `credentials.json`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec

from waymark.client.errors import WaymarkError

CREDENTIALS_FILE = "credentials.json"


class AddressMissing(WaymarkError):
    """No server address or no key was found; the message says where they were looked for."""


class AddressInvalid(WaymarkError):
    """The server's address, the key or the file that holds them is malformed; the message says how."""


@dataclass(frozen=True, slots=True)
class Address:
    """A server's address and the key to use with it."""

    url: str
    api_key: str = field(repr=False)


def default_data_dir() -> Path:
    """Return `WAYMARK_DATA_DIR`, else `.waymark` in the working directory."""
    return Path(os.environ.get("WAYMARK_DATA_DIR") or ".waymark")


def read_credentials(data_dir: Path) -> dict[str, Any] | None:
    """Read what the first start wrote into the data directory; None before it. Raises AddressInvalid."""
    path = data_dir / CREDENTIALS_FILE
    try:
        credentials = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise AddressInvalid(f"{path} cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AddressInvalid(f"{path} is not the file that the first start wrote: {error}") from error
    if not all(isinstance(credentials.get(name), str) for name in ("url", "apiKey")):
        raise AddressInvalid(f"{path} is not the file that the first start wrote: it names no url and apiKey")
    return credentials


def find_address(url: str | None = None, api_key: str | None = None, data_dir: Path | None = None) -> Address:
    """Complete what is not given from `WAYMARK_URL` and `WAYMARK_API_KEY`, then the data directory.

    Raises AddressMissing, AddressInvalid.
    """
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
    _check_key(api_key)
    return Address(check_url(url), api_key)


def check_url(url: str) -> str:
    """Return a server's URL without the slash at its end. Raises AddressInvalid."""
    try:
        parsed = httpx.URL(url)
        is_one = parsed.scheme in {"http", "https"} and parsed.host != ""
    except httpx.InvalidURL:
        is_one = False
    if not is_one:
        hint = "" if "://" in url else f", as in http://{url}"
        raise AddressInvalid(f"{url!r} is not the URL of a server: http:// or https:// and a host are expected{hint}")
    return url.rstrip("/")


def _check_key(api_key: str) -> None:
    if not (api_key.isascii() and api_key.isprintable()) or " " in api_key:
        raise AddressInvalid("the API key holds characters that no key has")
