"""Makes the gateway ready to start: roles, schema, migrations, and the right to append inside the PostgreSQL log."""

from __future__ import annotations

from pathlib import Path

from libs.eventlog.postgres.schema import allow_append, ensure_schema
from libs.pg.database import connect_once
from libs.pg.migrations import migrate
from libs.pg.roles import ensure_roles, projector_role

SERVICE = "gateway"
MIGRATIONS = Path(__file__).with_name("migrations")


async def setup(database_url: str) -> None:
    """Create what is missing; safe to run again and by several at once. Raises MissingRight, MigrationError."""
    connection = await connect_once(database_url, application_name="waymark-gateway-setup")
    try:
        await ensure_roles(connection, SERVICE)
        await ensure_schema(connection)
        await allow_append(connection, projector_role(SERVICE))
    finally:
        await connection.close()
    await migrate(database_url, schema=SERVICE, version_locations=[MIGRATIONS])
