"""Which methods a path has, for `Allow`: those of this service's routes, and those that other services answer there.

HEAD is answered wherever GET is. OPTIONS is answered at every path: 204 with `Allow`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from libs.contracts.paths import methods_declared

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


def allow_header(scope: Scope) -> str:
    """Return the value of `Allow` for the path of a request that an app has routed."""
    path: str = scope["path"]
    methods = {*_methods_of(scope["app"].routes, path), *methods_declared(path), "OPTIONS"}
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))


def _methods_of(routes: Sequence[BaseRoute], path: str) -> Iterator[str]:
    for method in _METHODS:
        if any(route.matches(_request(method, path))[0] is Match.FULL for route in routes):
            yield method


def _request(method: str, path: str) -> Scope:
    """Return a request as far as routes look at it."""
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
