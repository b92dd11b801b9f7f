"""Makes the catalog ready to start: roles, schema, migrations, and the registry its projection is entered in."""

from __future__ import annotations

from pathlib import Path

from libs.eventlog.generations_tables import setup_projections
from libs.pg.database import connect_once
from libs.pg.migrations import migrate
from libs.pg.roles import ensure_roles
from services.catalog.records import SERVICE

MIGRATIONS = Path(__file__).with_name("migrations")


async def setup(database_url: str) -> None:
    """Create what is missing; safe to run again and by several at once. Raises MissingRight, MigrationError."""
    connection = await connect_once(database_url, application_name="waymark-catalog-setup")
    try:
        await ensure_roles(connection, SERVICE)
    finally:
        await connection.close()
    await migrate(database_url, schema=SERVICE, version_locations=[MIGRATIONS])
    await setup_projections(database_url, SERVICE)
