"""`python -m services.queries`: the API and the history's projection; `--only` runs one part."""

from __future__ import annotations

from libs.service.process import run_service
from services.queries.app import create_app
from services.queries.interactions.model import SERVICE
from services.queries.interactions.projection import projections
from services.queries.settings import QueriesSettings

if __name__ == "__main__":
    run_service(SERVICE, app=lambda: create_app(QueriesSettings()), projections=projections)
