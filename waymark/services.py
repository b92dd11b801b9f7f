"""The services this installation is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from libs.lazy import lazy_imports
from libs.service.run import PROJECTIONS
from libs.service.service import AnyConsumer, Service, Work
from libs.service.settings import ServiceSettings, settings_of
from services.accounts.service import SERVICE as ACCOUNTS
from services.catalog.service import SERVICE as CATALOG
from services.console.service import SERVICE as CONSOLE
from services.gateway.service import SERVICE as GATEWAY
from services.metrics.service import SERVICE as METRICS
from services.monitoring.service import SERVICE as MONITORING
from services.queries.service import SERVICE as QUERIES
from services.traces.service import SERVICE as TRACES
from services.workflows.service import SERVICE as WORKFLOWS

if TYPE_CHECKING:
    from fastapi import FastAPI

    from libs.service.jobs import Job

with lazy_imports():
    from libs.service import app

SERVICES: tuple[Service[Any], ...] = (
    *(ACCOUNTS, CATALOG, CONSOLE, GATEWAY, METRICS),
    *(MONITORING, QUERIES, TRACES, WORKFLOWS),
)
STORING = tuple(service for service in SERVICES if not service.is_stateless)
"""Those that use the log and the database, each under a login and a user of its own."""


def settings() -> Mapping[str, ServiceSettings]:
    """Read every service's settings from the environment, by its name. Raises SettingsInvalid."""
    return {service.name: settings_of(service.settings) for service in SERVICES}


def apps() -> Mapping[str, FastAPI]:
    """Return every service's API with its relay, by name, from the environment's settings."""
    found = settings()
    return {service.name: app.create_service_app(service, found[service.name]) for service in SERVICES}


def worker_names() -> Sequence[str]:
    """Return the names of the single machine's processes that run consumers and jobs."""
    return (PROJECTIONS, *(f"{PROJECTIONS}-{service.name}" for service in SERVICES if service.apart))


def work_of(worker: str) -> tuple[Sequence[AnyConsumer], Sequence[Job]]:
    """Return the consumers and the jobs of one of these processes, from the environment's settings."""
    found = settings()
    return (
        [
            consumer
            for service in SERVICES
            if _worker_of(service, "consumers") == worker
            for consumer in service.consumers(found[service.name])
        ],
        [
            job
            for service in SERVICES
            if _worker_of(service, "jobs") == worker
            for job in service.jobs(found[service.name])
        ],
    )


def consumers() -> Sequence[AnyConsumer]:
    """Return every service's consumers, from the environment's settings."""
    return [consumer for worker in worker_names() for consumer in work_of(worker)[0]]


def _worker_of(service: Service[Any], work: Work) -> str:
    return f"{PROJECTIONS}-{service.name}" if work in service.apart else PROJECTIONS
