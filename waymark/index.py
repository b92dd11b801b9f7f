"""The answer to `GET /`, by which a person or a program finds the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from waymark.version import VERSION

_LINKS = {
    "docs": "/docs",
    "openapi": "/openapi.json",
    "asyncapi": "/asyncapi.json",
    "health": "/healthz",
    "ready": "/readyz",
    "metrics": "/metrics",
}


def index(is_answered: Callable[[str], bool] = lambda _: True) -> dict[str, Any]:
    """Return the index: name, version, and the paths of what describes and observes the server, where answered."""
    links = {name: path for name, path in _LINKS.items() if is_answered(path)}
    return {"name": "Waymark", "version": VERSION, "links": links}
