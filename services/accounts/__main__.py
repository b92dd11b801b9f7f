"""`python -m services.accounts`: the API with its relay, and the projection of key uses; `--only` runs one part."""

from __future__ import annotations

from libs.service.process import run_service
from services.accounts.app import create_app
from services.accounts.projection import projections
from services.accounts.records import SERVICE
from services.accounts.settings import AccountsSettings

if __name__ == "__main__":
    run_service(SERVICE, app=lambda: create_app(AccountsSettings()), projections=projections)
