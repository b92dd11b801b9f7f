"""The services this installation is made of: their apps, their projections, their setup."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import typer
from fastapi import FastAPI

from libs.contracts.paths import ACCOUNTS, CATALOG, GATEWAY, QUERIES, TRACES
from libs.projections.projection import Projection
from services.accounts import setup as accounts_setup
from services.accounts.app import create_app as create_accounts
from services.accounts.projection import projections as accounts_projections
from services.accounts.settings import AccountsSettings
from services.catalog import setup as catalog_setup
from services.catalog.app import create_app as create_catalog
from services.catalog.projection import projections as catalog_projections
from services.catalog.settings import CatalogSettings
from services.gateway import setup as gateway_setup
from services.gateway.app import create_app as create_gateway
from services.gateway.settings import GatewaySettings
from services.queries import setup as queries_setup
from services.queries.app import create_app as create_queries
from services.queries.interactions.projection import projections as queries_projections
from services.queries.settings import QueriesSettings
from services.traces import setup as traces_setup
from services.traces.app import create_app as create_traces
from services.traces.projection import projections as traces_projections
from services.traces.settings import TracesSettings

SETUPS: Sequence[Callable[[str], Awaitable[None]]] = (
    accounts_setup.setup,
    catalog_setup.setup,
    gateway_setup.setup,
    queries_setup.setup,
    traces_setup.setup,
)


def apps() -> Mapping[str, FastAPI]:
    """Every service's API with its relay, from the environment's settings."""
    return {
        ACCOUNTS: create_accounts(AccountsSettings()),
        CATALOG: create_catalog(CatalogSettings()),
        GATEWAY: create_gateway(GatewaySettings()),
        QUERIES: create_queries(QueriesSettings()),
        TRACES: create_traces(TracesSettings()),
    }


def projections() -> Sequence[Projection[Any]]:
    """Every service's projections."""
    return (*accounts_projections(), *catalog_projections(), *queries_projections(), *traces_projections())


def projection_named(text: str) -> tuple[str, str]:
    """Service and name of a `SERVICE.NAME`; BadParameter listing the names there are."""
    names = {f"{projection.service}.{projection.name}": projection for projection in projections()}
    if text not in names:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(sorted(names))}", param_hint="MODEL")
    return names[text].service, names[text].name
