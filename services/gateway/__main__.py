"""`python -m services.gateway`: the gateway alone on its address."""

from __future__ import annotations

from libs.service.process import run_service
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.gateway.setup import SERVICE

if __name__ == "__main__":
    run_service(SERVICE, app=lambda: create_app(GatewaySettings()))
