"""The catalog's settings, read once from `WAYMARK_*`."""

from __future__ import annotations

from pydantic import Field

from libs.service.settings import ServiceSettings


class CatalogSettings(ServiceSettings):
    """What every service is told, and how many event types of one tenant may have a schema at a time.

    Every gateway holds those schemas in memory.
    """

    catalog_event_types_max: int = Field(default=1_000, ge=1)
