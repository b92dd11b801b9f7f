"""Parts that all routes of the family share: dialect of errors, tenant that clients name, shape of lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Depends, Header

from libs.httpkit.camel import Camel
from libs.httpkit.dialects import metrics
from libs.httpkit.router import FamilyRouter

T = TypeVar("T")
METRICS_PATH: Final = "/api/v1/behavioral-metrics"


class PageOut(Camel, Generic[T]):
    """A page of a list; `nextCursor` is null at the end."""

    data: list[T]
    total: int
    has_more: bool
    next_cursor: str | None


async def _tenant(
    _tenant_id: Annotated[
        str | None, Header(alias="X-Tenant-Id", description="The credential's own tenant; another one is a 403.")
    ] = None,
) -> None:
    """Declare the header for the documents; whoever authenticates the caller checks it."""


def metrics_router(prefix: str, tag: str) -> FamilyRouter:
    """Return the router of the routes under `prefix`."""
    return FamilyRouter(dialect=metrics, prefix=prefix, tags=[tag], dependencies=[Depends(_tenant)])


def page_json(items: Sequence[dict[str, Any]], total: int, next_cursor: str | None) -> dict[str, Any]:
    """Return the JSON of a `PageOut`."""
    return {"data": items, "total": total, "hasMore": next_cursor is not None, "nextCursor": next_cursor}
