"""Headers by which every answer asks browsers and caches for care: no guessing of types, no frames, nothing kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CACHING: Final = b"cache-control"
_POLICY: Final = b"content-security-policy"
ALWAYS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
)
NO_STORE: Final = (_CACHING, b"no-store")
"""For an answer that does not say otherwise: most hold a tenant's data, and all hold what is true now."""


def protected(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer and those that protect it; of keeping and of the policy its own count."""
    own = list(headers)
    names = {name.lower() for name, _ in own}
    added = ALWAYS if _POLICY not in names else [header for header in ALWAYS if header[0] != _POLICY]
    return [*own, *added] if _CACHING in names else [*own, *added, NO_STORE]


class Protection:
    """ASGI middleware: adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = protected(message.get("headers", ()))
            await send(message)

        await self._app(scope, receive, send_protected)
