"""Reads a URL to be called, once: what is connected to, verified and sent all comes from this one reading.

Stricter than RFC 3986: no user, no characters that parsers disagree on, hosts in ASCII. A host that ends in a number is
an IPv4 address in any spelling that `inet_aton` takes, as browsers and resolvers have it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from libs.outbound.addresses import IPAddress
from libs.outbound.errors import UrlRefused

_CHARACTERS: Final = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_URL: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<target>[^#]*)(#.*)?", re.IGNORECASE
)
_AUTHORITY: Final = re.compile(r"(?P<host>\[[^\[\]]*\]|[^\[\]:]*)(:(?P<port>[0-9]{1,5})?)?")
_LIKE_A_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")
_NUMBER: Final = re.compile(r"0x(?P<hexadecimal>[0-9a-f]*)|(?P<octal>0[0-7]*)|(?P<decimal>[1-9][0-9]*)")
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_PORTS: Final = {"http": 80, "https": 443}
_MAX_NAME_LENGTH: Final = 253
_NO_HOST: Final = "the host is neither a name nor an address"


@dataclass(frozen=True, slots=True)
class OutboundUrl:
    """A URL taken apart. `host` is a name in lower case or an address as it is usually written; without brackets."""

    scheme: str
    host: str
    address: IPAddress | None
    port: int
    target: str

    @property
    def is_plain(self) -> bool:
        """Say whether the call would be sent unencrypted."""
        return self.scheme == "http"

    @property
    def origin(self) -> str:
        """Scheme, host and port, the latter where it is not the scheme's own."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """Host and port as the `Host` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_local_name(self) -> bool:
        """Say whether the host is a name that is loopback's by RFC 6761, whatever a resolver says."""
        return self.host == "localhost" or self.host.endswith(".localhost")

    def __str__(self) -> str:
        return self.origin + self.target


def read_url(text: str) -> OutboundUrl:
    """Read the URL `text`; its fragment is left out. Raises UrlRefused."""
    if not _CHARACTERS.fullmatch(text):
        raise UrlRefused("a URL is written in ASCII, everything else percent-encoded, a host's name as xn--…")
    url = _URL.fullmatch(text)
    if url is None or (scheme := url["scheme"].lower()) not in _PORTS:
        raise UrlRefused("a URL beginning with https:// is expected")
    if "@" in url["authority"]:
        raise UrlRefused("a URL with a user is not called")
    authority = _AUTHORITY.fullmatch(url["authority"])
    if authority is None:
        raise UrlRefused("a host, and a port after a colon, are expected")
    host, address = _read_host(authority["host"].lower())
    target = url["target"]
    return OutboundUrl(
        scheme, host, address, _read_port(authority["port"], scheme), target if target.startswith("/") else f"/{target}"
    )


def read_host(text: str) -> str | IPAddress:
    """Read a host that is given without a URL, an IPv6 address without brackets. Raises UrlRefused."""
    name, address = _read_host(f"[{text}]" if ":" in text else text.lower())
    return address or name


def _read_port(text: str | None, scheme: str) -> int:
    port = int(text) if text else _PORTS[scheme]
    if not 1 <= port <= 65_535:
        raise UrlRefused("a port from 1 to 65535 is expected")
    return port


def _read_host(text: str) -> tuple[str, IPAddress | None]:
    address = _read_ipv6(text[1:-1]) if text.startswith("[") else _read_ipv4(text.removesuffix("."))
    if address is not None:
        return str(address), address
    name = text.removesuffix(".")
    if len(name) > _MAX_NAME_LENGTH or not all(map(_LABEL.fullmatch, name.split("."))):
        raise UrlRefused(_NO_HOST)
    return name, None


def _read_ipv6(text: str) -> IPv6Address:
    if "%" in text:
        raise UrlRefused("an address with a scope is not called")
    try:
        return IPv6Address(text)
    except ValueError:
        raise UrlRefused("an IPv6 address is expected in brackets") from None


def _read_ipv4(text: str) -> IPv4Address | None:
    """Read one to four numbers, decimal, octal or hexadecimal; the last fills what is left. None: `text` is a name."""
    labels = text.split(".")
    if not _LIKE_A_NUMBER.fullmatch(labels[-1]):
        return None
    *first, last = map(_read_number, labels)
    if len(first) > 3 or any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        raise UrlRefused(_NO_HOST)
    return IPv4Address(last + sum(number << 8 * (3 - place) for place, number in enumerate(first)))


def _read_number(text: str) -> int:
    number = _NUMBER.fullmatch(text)
    if number is None:
        raise UrlRefused(_NO_HOST)
    if number["decimal"]:
        return int(number["decimal"])
    return int(number["octal"], 8) if number["octal"] else int(number["hexadecimal"] or "0", 16)
