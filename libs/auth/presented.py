"""The credentials a request presents, read once from its raw headers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from libs.auth.defaults import DEFAULT_COOKIE

_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))


@dataclass(frozen=True, slots=True)
class Presented:
    """The credentials that came with a request; empty headers count as absent. Only `cookie_token` needs the rest."""

    api_key: str | None = None
    bearer: str | None = None
    cookie_token: str | None = None
    method: str = "GET"
    host: str | None = None
    origin: str | None = None
    fetch_site: str | None = None

    def is_same_origin(self, allowed_origins: frozenset[str] = frozenset()) -> bool:
        """Return whether a browser can only have sent this from our own origin or an allowed one."""
        if self.origin is not None and self.origin in allowed_origins:
            return True
        if self.fetch_site is not None:
            return self.fetch_site in ("same-origin", "none")
        return self.origin is not None and self.host is not None and _authority_of(self.origin) == self.host

    @property
    def is_write(self) -> bool:
        """Whether the method may change something."""
        return self.method not in _SAFE_METHODS


def read_presented(headers: Iterable[tuple[bytes, bytes]], method: str, cookie_name: str = DEFAULT_COOKIE) -> Presented:
    """Return the credentials among a request's raw ASGI headers (lower-case names).

    Of repeated headers the first counts.
    """
    found: dict[bytes, str] = {}
    cookie: str | None = None
    for name, value in headers:
        if name == b"cookie":
            cookie = cookie or _cookie(value.decode("latin-1"), cookie_name)
        elif name in _READ and name not in found:
            found[name] = value.decode("latin-1").strip()
    return Presented(
        api_key=found.get(b"x-api-key") or None,
        bearer=_bearer(found.get(b"authorization", "")),
        cookie_token=cookie,
        method=method,
        host=found.get(b"host"),
        origin=found.get(b"origin"),
        fetch_site=found.get(b"sec-fetch-site"),
    )


_READ = frozenset((b"x-api-key", b"authorization", b"host", b"origin", b"sec-fetch-site"))


def _authority_of(origin: str) -> str:
    """Return host and port of an origin, which is a scheme and those two (RFC 6454); empty for `null` and junk."""
    return origin.partition("://")[2]


def _bearer(authorization: str) -> str | None:
    scheme, _, credential = authorization.partition(" ")
    return credential.strip() or None if scheme.lower() == "bearer" else None


def _cookie(header: str, name: str) -> str | None:
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name and value:
            return value.strip('"')
    return None
