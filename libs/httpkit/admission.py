"""Admission of callers, judged by the head of a request alone, before the first byte of its body is read.

A dependency that knows its callers is marked with `admits`, and every route that depends on it asks it first. A route
that depends on none is open to everybody, and reads no more than `OPEN_BODY_BYTES`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant
from starlette.requests import Request

Admit = Callable[[Request], Awaitable[str]]
"""Returns the tenant in whose name a request is made; raises 401, 403, 429 or 503 for one that is not let in."""
Dependency = TypeVar("Dependency", bound=Callable[..., Any])
_ADMIT = "__waymark_admit__"


def admits(admit: Admit) -> Callable[[Dependency], Dependency]:
    """Decorate a dependency: routes that depend on it ask `admit` before they read a body."""

    def mark(dependency: Dependency) -> Dependency:
        setattr(dependency, _ADMIT, admit)
        return dependency

    return mark


def admission_of(dependant: Dependant) -> Admit | None:
    """Return what lets callers in to a route, every check of its dependencies; None for a route that is open."""
    checks = tuple(_checks(dependant))
    if not checks:
        return None

    async def admit(request: Request) -> str:
        for check in checks:
            tenant_id = await check(request)
        return tenant_id

    return admit


def _checks(dependant: Dependant) -> Iterator[Admit]:
    for dependency in dependant.dependencies:
        yield from _checks(dependency)
        if (admit := getattr(dependency.call, _ADMIT, None)) is not None:
            yield admit
