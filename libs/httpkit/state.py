"""Typed access to what an app's lifespan has put into the state of its requests."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import Depends, Request

from libs.httpkit.errors import Unavailable
from libs.httpkit.raising import raises


@cache
def state(name: str) -> Any:
    """Make the dependency that gives `request.state.<name>`: `CatalogOf = Annotated[Catalog, state("catalog")]`.

    Such a part works with database or log, so a route that has it may find either away.
    """

    @raises(Unavailable)
    async def read(request: Request) -> Any:
        return getattr(request.state, name)

    return Depends(read)
