"""The router of the family: its dialect of errors, and the tenant that its clients name."""

from __future__ import annotations

from typing import Annotated, Final

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
