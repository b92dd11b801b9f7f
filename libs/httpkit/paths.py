"""Lets a path value hold any printable character: routes match the path as it was sent, values arrive decoded.

Under `UndecodedPath` `scope["path"]` keeps its percent-escapes (in one canonical spelling), so `%2F` never ends a
segment; `decode_path_params` undoes them once, after a route has matched.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from starlette.convertors import Convertor, register_url_convertor
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.httpkit.errors import BadRequest, Loc, Unprocessable, Violation

UNDECODED = "waymark.undecoded_path"
_LITERAL = "-._~!$&'()*+,;=:@"


def register_segment_but(name: str, *words: str) -> None:
    """Let `{value:name}` in a path stand for a segment that is none of the `words`, which are paths of other routes."""

    class SegmentBut(Convertor[str]):
        regex = rf"(?!(?:{'|'.join(map(re.escape, words))})$)[^/]+"

        def convert(self, value: str) -> str:
            return value

        def to_string(self, value: str) -> str:
            return value

    register_url_convertor(name, SegmentBut())


class UndecodedPath:
    """ASGI middleware; applied twice (an app within an app) it acts once. Requests without `%` pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrites `scope["path"]` of HTTP requests."""
        if scope["type"] == "http" and UNDECODED not in scope:
            raw_path: bytes = scope.get("raw_path") or b""
            if b"%" in raw_path:
                scope["path"] = undecoded_path(raw_path)
                scope[UNDECODED] = True
        await self._app(scope, receive, send)


def undecoded_path(raw_path: bytes) -> str:
    """Return the path with every segment escaped in the canonical way, so that templates with plain letters match."""
    return "/".join(quote(unquote_to_bytes(segment), safe=_LITERAL) for segment in raw_path.split(b"/"))


def decode_path_params(scope: Scope) -> None:
    """Decode the path values a route has matched. Raises 400 for what is not UTF-8, 422 for NUL."""
    if not scope.get(UNDECODED):
        return
    params: dict[str, Any] = scope.get("path_params", {})
    scope["path_params"] = {
        name: decode_path_value(value, ("path", name)) if isinstance(value, str) else value
        for name, value in params.items()
    }


def decode_path_value(value: str, loc: Loc) -> str:
    """Return one decoded value of a path. Raises 400 for what is not UTF-8, 422 for NUL."""
    try:
        text = unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        raise BadRequest(f"the path value {loc[-1]} is not UTF-8") from None
    if "\x00" in text:
        raise Unprocessable(Violation(loc, "the text holds NUL", "string_nul"))
    return text
