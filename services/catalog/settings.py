"""The catalog's settings, read once from `WAYMARK_*`."""

from __future__ import annotations

from pydantic import Field

from libs.service.settings import ServiceSettings


class CatalogSettings(ServiceSettings):
    """The settings of every service, and the limit of event types with a schema per tenant.

    Every gateway holds those schemas in memory.
    """

    catalog_event_types_max: int = Field(default=1_000, ge=1)
