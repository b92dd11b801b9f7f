"""Makes the gateway ready to start: roles, schema, migrations, and the right to append inside the PostgreSQL log."""

from __future__ import annotations

from pathlib import Path

from libs.eventlog.postgres.schema import allow_append, ensure_schema
from libs.pg.database import connect_once
from libs.pg.roles import projector_role
from libs.service.setup import setup_service

SERVICE = "gateway"
MIGRATIONS = Path(__file__).with_name("migrations")


async def setup(database_url: str) -> None:
    """As `setup_service`, and the right to append inside the PostgreSQL log."""
    await setup_service(database_url, SERVICE, migrations=MIGRATIONS, projections=False)
    connection = await connect_once(database_url, application_name="waymark-gateway-setup")
    try:
        await ensure_schema(connection)
        await allow_append(connection, projector_role(SERVICE))
    finally:
        await connection.close()
