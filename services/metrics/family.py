"""What the routes of the family have in common: dialect of errors, tenant that clients name, shape of lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import Depends, Header

from libs.httpkit.dialects import metrics
from libs.httpkit.router import FamilyRouter

METRICS_PATH: Final = "/api/v1/behavioral-metrics"


async def _tenant(
    _tenant_id: Annotated[
        str | None, Header(alias="X-Tenant-Id", description="The credential's own tenant; another one is a 403.")
    ] = None,
) -> None:
    """Describe the header: it is judged with the credential."""


def metrics_router(prefix: str, tag: str) -> FamilyRouter:
    """Return the router of the routes under `prefix`."""
    return FamilyRouter(dialect=metrics, prefix=prefix, tags=[tag], dependencies=[Depends(_tenant)])


def page_json(items: Sequence[dict[str, Any]], total: int, next_cursor: str | None) -> dict[str, Any]:
    """Return a page of a list of `total` items as the family shows it; `next_cursor` is None at the end."""
    return {"data": items, "total": total, "hasMore": next_cursor is not None, "nextCursor": next_cursor}
