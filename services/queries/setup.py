"""Makes queries ready to start: its roles and schema, and the registry its read models are entered in."""

from __future__ import annotations

from libs.eventlog.generations_tables import setup_projections
from libs.pg.database import connect_once
from libs.pg.identifiers import quote_identifier
from libs.pg.locks import lock_in_transaction
from libs.pg.roles import ensure_roles, grant_schema
from services.queries.projection import SERVICE


async def setup(database_url: str) -> None:
    """Create what is missing; safe to run again and by several at once. Raises MissingRight."""
    connection = await connect_once(database_url, application_name="waymark-queries-setup")
    try:
        await ensure_roles(connection, SERVICE)
        async with connection.transaction():
            await lock_in_transaction(connection, "waymark.queries.setup")
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_identifier(SERVICE)}")
            await connection.execute(grant_schema(SERVICE, SERVICE))
    finally:
        await connection.close()
    await setup_projections(database_url, SERVICE)
