"""Lets pages of other origins call an app (the Fetch standard's CORS), where the installation names them.

Without cookies: a page sends the key or the token that its user gave it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from libs.httpkit.errors import RETRY_AFTER
from libs.httpkit.positions import AS_OF_HEADER, POSITION_HEADER

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_EXPOSED: Final = (
    *(POSITION_HEADER, AS_OF_HEADER, "Location", "ETag", RETRY_AFTER, "X-Request-Id"),
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
)


def allowing_origins(app: ASGIApp, origins: Collection[str]) -> ASGIApp:
    """Return the app as pages of `origins` may call it (`*`: of any); itself when there are none."""
    if not origins:
        return app
    return CORSMiddleware(
        app, allow_origins=sorted(origins), allow_methods=_METHODS, allow_headers=("*",), expose_headers=_EXPOSED
    )
