"""`python -m services.traces`: the API and the traces' projection; `--only` runs one part."""

from __future__ import annotations

from libs.service.process import run_service
from services.traces.app import create_app
from services.traces.model import SERVICE
from services.traces.projection import projections
from services.traces.settings import TracesSettings

if __name__ == "__main__":
    run_service(SERVICE, app=lambda: create_app(TracesSettings()), projections=projections)
