"""Makes a service ready to start: roles, schema, migrations, the registry its projections are entered in."""

from __future__ import annotations

from pathlib import Path

from libs.pg.database import Connection, connect_once
from libs.pg.identifiers import quote_identifier
from libs.pg.locks import lock_in_transaction
from libs.pg.migrations import migrate
from libs.pg.roles import ensure_roles, grant_schema
from libs.projections.registry import setup_projections


async def setup_service(database_url: str, service: str, *, migrations: Path | None, projections: bool) -> None:
    """Create what is missing; safe to run again and by several at once. Raises MissingRight, MigrationError."""
    connection = await connect_once(database_url, application_name=f"waymark-{service}-setup")
    try:
        await ensure_roles(connection, service)
        await _ensure_schema(connection, service)
    finally:
        await connection.close()
    if migrations is not None:
        await migrate(database_url, schema=service, version_locations=[migrations])
    if projections:
        await setup_projections(database_url, service)


async def _ensure_schema(connection: Connection, service: str) -> None:
    """The service's schema, also of one that has nothing but read models."""
    async with connection.transaction():
        await lock_in_transaction(connection, f"waymark.{service}.setup")
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_identifier(service)}")
        await connection.execute(grant_schema(service, service))
