"""The services this installation is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer
from fastapi import FastAPI

from libs.service.app import create_service_app
from libs.service.service import AnyConsumer, Service
from services.accounts.service import SERVICE as ACCOUNTS
from services.catalog.service import SERVICE as CATALOG
from services.gateway.service import SERVICE as GATEWAY
from services.queries.service import SERVICE as QUERIES
from services.traces.service import SERVICE as TRACES

SERVICES: tuple[Service[Any], ...] = (ACCOUNTS, CATALOG, GATEWAY, QUERIES, TRACES)


def apps() -> Mapping[str, FastAPI]:
    """Every service's API with its relay, from the environment's settings."""
    return {service.name: create_service_app(service, service.settings()) for service in SERVICES}


def consumers() -> Sequence[AnyConsumer]:
    """Every service's consumers, from the environment's settings."""
    return [consumer for service in SERVICES for consumer in service.consumers(service.settings())]


def consumer_named(text: str) -> AnyConsumer:
    """The consumer called `SERVICE.NAME`; BadParameter listing the names there are."""
    names = {f"{consumer.service}.{consumer.name}": consumer for consumer in consumers()}
    if text not in names:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(sorted(names))}", param_hint="MODEL")
    return names[text]
