"""A call and its reply, and where a redirect leads; no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self
from urllib.parse import urljoin

from libs.outbound.errors import UrlRefused
from libs.outbound.headers import harmless
from libs.outbound.urls import OutboundUrl

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SAME_METHOD: Final = frozenset({307, 308})
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OF_A_BODY: Final = frozenset({"content-encoding", "content-language", "content-location", "content-type"})


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a call: `headers` by lower-case names, as much of the body as is kept, whether there was more."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False

    @property
    def redirects_to(self) -> str | None:
        """The reference that the reply sends the caller to, None when it does not."""
        return self.headers.get("location") if self.status in _REDIRECTS else None


@dataclass(frozen=True, slots=True)
class OutboundCall:
    """One request; `headers` are checked."""

    method: str
    url: OutboundUrl
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def has_body(self) -> bool:
        """Say whether the length of a body is told, be it 0."""
        return bool(self.body) or self.method not in _WITHOUT_BODY

    def following(self, reply: Reply, url: OutboundUrl) -> Self:
        """Return the call of `url`, to which `reply` redirects this one (RFC 9110, 15.4).

        Another origin gets no header that may be a credential.
        """
        headers = self.headers if url.origin == self.url.origin else harmless(self.headers)
        if reply.status in _SAME_METHOD or (self.method in _WITHOUT_BODY and not self.body):
            return replace(self, url=url, headers=headers)
        bare = {name: value for name, value in headers.items() if name not in _OF_A_BODY}
        return replace(self, method="GET", url=url, headers=bare, body=b"")


def joined(base: OutboundUrl, reference: str) -> str:
    """Return the URL that `reference` means at `base`. Raises UrlRefused for what cannot be a reference."""
    try:
        return urljoin(str(base), reference)
    except ValueError:
        raise UrlRefused("a redirect leads to what is not a URL") from None
