"""The headers of a call: what a caller may give, what is ours, and what goes along to another origin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(r"([\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?)?")
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_HARMLESS: Final = frozenset({"accept", "accept-language", "content-type", "user-agent"})


def checked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return `headers` with their names in lower case.

    Raises ValueError, without a value, for a name or value that is not a header's, and for one that is set here.
    """
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or name.lower() in _OURS:
            raise ValueError(f"{name!r} is not a header that a call may have")
        if not _VALUE.fullmatch(value):
            raise ValueError(f"the value of {name} is not one of a header")
    return {name.lower(): value for name, value in headers.items()}


def harmless(headers: Mapping[str, str]) -> dict[str, str]:
    """Return those of `headers` that tell another origin nothing: a credential may be in any other."""
    return {name: value for name, value in headers.items() if name in _HARMLESS}


def received(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return a reply's headers by their names in lower case, the values of a repeated one with a comma between."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
