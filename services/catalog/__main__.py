"""`python -m services.catalog`: the API with its relay, and the starter sets of new tenants; `--only` runs one part."""

from __future__ import annotations

from libs.service.process import run_service
from services.catalog.app import create_app
from services.catalog.kinds import SERVICE
from services.catalog.projection import projections
from services.catalog.settings import CatalogSettings

if __name__ == "__main__":
    run_service(SERVICE, app=lambda: create_app(CatalogSettings()), projections=projections)
