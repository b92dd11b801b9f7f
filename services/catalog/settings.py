"""The catalog's settings, read once from `WAYMARK_*`."""

from __future__ import annotations

from libs.service.settings import ServiceSettings


class CatalogSettings(ServiceSettings):
    """What every service is told; the catalog needs no more."""
