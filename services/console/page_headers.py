"""The headers of every answer of the console: what a page may load and do, with a nonce of its own for styles."""

from __future__ import annotations

import secrets
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NONCE: Final = "waymark.console.nonce"
_POLICY: Final = b"content-security-policy"
_POLICY_OF: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_ALWAYS: Final = (
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class PageHeaders:
    """Stands in front of the console's app: adds the headers to its answers, and replaces the policy of the others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = scope[_NONCE] = secrets.token_urlsafe(16)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [header for header in message["headers"] if header[0] != _POLICY]
                message["headers"] = [*kept, (_POLICY, _POLICY_OF.format(nonce=nonce).encode()), *_ALWAYS]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def nonce_of(request: Request) -> str:
    """Return the nonce that the answer to this request allows."""
    nonce: str = request.scope[_NONCE]
    return nonce
