"""The use of an integration by `http-request`: credentials go to what lies under its base URL, and nowhere else."""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

import orjson

from libs.outbound.errors import UrlRefused
from libs.outbound.urls import read_url
from services.workflows.task_types.model import Connected

HEADERS: Final = "HEADERS"
"""The key of the secret that has headers, a JSON object."""


def absolute_url(connected: Connected | None, url: str) -> str:
    """Return `url`, below the integration's base URL when it begins with a slash."""
    return str(connected.settings["baseUrl"]) + url if connected is not None and url.startswith("/") else url


def added_headers(connected: Connected | None, url: str) -> dict[str, str]:
    """Return the headers that the integration adds to a call of an absolute URL, their names in lower case.

    A URL that is not under its base URL gets none. Those that a task gives itself go before.
    """
    if connected is None or not is_under(str(connected.settings["baseUrl"]), url):
        return {}
    given: Mapping[str, str] = connected.settings.get("headers") or {}
    return {name.lower(): value for name, value in {**given, **_credentials(connected.secrets)}.items()}


def is_under(base: str, url: str) -> bool:
    """Return whether `url` has the origin of `base`, and its path or one below; dots that lead out of it do not."""
    try:
        root, read = read_url(base), read_url(url)
    except UrlRefused:
        return False
    if root.origin != read.origin:
        return False
    path, below = _path(root.target).rstrip("/"), _path(read.target)
    return below == path or below.startswith(f"{path}/")


def _path(target: str) -> str:
    """Return the path of a target as the strangest server may read it."""
    path = target.partition("?")[0]
    while (decoded := unquote(path).replace("\\", "/")) != path:
        path = decoded
    return posixpath.normpath(path)


def _credentials(secrets: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = orjson.loads(secrets[HEADERS]) if HEADERS in secrets else {}
    if "TOKEN" in secrets:
        return {**found, "authorization": f"Bearer {secrets['TOKEN']}"}
    if "USERNAME" in secrets:
        pair = f"{secrets['USERNAME']}:{secrets['PASSWORD']}"
        return {**found, "authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return found
