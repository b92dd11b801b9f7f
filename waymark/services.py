"""The services this installation is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from libs.lazy import lazy_imports
from libs.service.service import AnyConsumer, Service
from services.accounts.service import SERVICE as ACCOUNTS
from services.catalog.service import SERVICE as CATALOG
from services.gateway.service import SERVICE as GATEWAY
from services.queries.service import SERVICE as QUERIES
from services.traces.service import SERVICE as TRACES

if TYPE_CHECKING:
    from fastapi import FastAPI

with lazy_imports():
    from libs.service import app

SERVICES: tuple[Service[Any], ...] = (ACCOUNTS, CATALOG, GATEWAY, QUERIES, TRACES)


def apps() -> Mapping[str, FastAPI]:
    """Return every service's API with its relay, by name, from the environment's settings."""
    return {service.name: app.create_service_app(service, service.settings()) for service in SERVICES}


def consumers() -> Sequence[AnyConsumer]:
    """Return every service's consumers, from the environment's settings."""
    return [consumer for service in SERVICES for consumer in service.consumers(service.settings())]
