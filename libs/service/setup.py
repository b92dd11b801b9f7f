"""Makes a service ready to start: roles, schema, migrations, the registry its projections are entered in."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

from libs.pg.database import Connection, connected_once
from libs.pg.identifiers import quote_identifier
from libs.pg.locks import lock_in_transaction
from libs.pg.roles import ensure_roles, grant_own_schema
from libs.pg.upgrade import migrate
from libs.projections.setup import setup_projections
from libs.service.service import Service


async def setup_service(service: Service[Any], database_url: str) -> None:
    """Create what is missing; safe to run again and by several at once. Raises MissingRight, MigrationError."""
    if service.is_stateless:
        return
    await setup_tables(service, database_url)
    if service.prepare is not None:
        async with _connected(database_url, service.name) as connection:
            await service.prepare(connection)


async def setup_tables(service: Service[Any], database_url: str, *, to: str | None = None) -> None:
    """Create roles, schema, tables and registry; tables that do not exist yet may be made as they were at version `to`.

    Raises MissingRight, MigrationError.
    """
    async with _connected(database_url, service.name) as connection:
        await ensure_roles(connection, service.name)
        await _ensure_schema(connection, service.name)
    if service.migrations is not None:
        await migrate(database_url, schema=service.name, version_locations=[service.migrations], to=to)
    if service.has_consumers:
        await setup_projections(database_url, service.name)


def _connected(database_url: str, service: str) -> AbstractAsyncContextManager[Connection]:
    return connected_once(database_url, application_name=f"waymark-{service}-setup")


async def _ensure_schema(connection: Connection, service: str) -> None:
    """Create the service's schema, also when it has nothing but read models."""
    async with connection.transaction():
        await lock_in_transaction(connection, f"waymark.{service}.setup")
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_identifier(service)}")
        await connection.execute(grant_own_schema(service))
