"""Errors of requests, declared where they are raised: by a dependency, for every route that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant

from libs.httpkit.errors import ApiError

_ATTRIBUTE = "__waymark_raises__"
Dependency = TypeVar("Dependency", bound=Callable[..., Any])


def raises(*kinds: type[ApiError]) -> Callable[[Dependency], Dependency]:
    """Decorate a dependency with the errors that it may raise, beside those of the dependencies it has itself."""

    def mark(dependency: Dependency) -> Dependency:
        setattr(dependency, _ATTRIBUTE, kinds)
        return dependency

    return mark


def raised_by(dependant: Dependant) -> Iterator[type[ApiError]]:
    """Yield the errors that a route's or dependency's own dependencies may raise; some may come more than once."""
    yield from getattr(dependant.call, _ATTRIBUTE, ())
    for inner in dependant.dependencies:
        yield from raised_by(inner)
