"""Typed access to what an app's lifespan has put into the state of its requests."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import Depends, Request


@cache
def state(name: str) -> Any:
    """Make the dependency that gives `request.state.<name>`: `CatalogOf = Annotated[Catalog, state("catalog")]`."""

    async def read(request: Request) -> Any:
        return getattr(request.state, name)

    return Depends(read)
