"""Creates the registry for a service, and brings consumers' tables of an earlier version to the present layout.

Afterwards read models and the library's tables belong to the service's projector, and every parked record says whose
it is.
"""

from __future__ import annotations

from pathlib import Path

from libs.pg.database import Connection, connected_once
from libs.pg.identifiers import quote_identifier, quote_qualified
from libs.pg.locks import lock_in_transaction
from libs.pg.roles import ensure_roles, grant_schema, grant_tables, projector_role
from libs.pg.sql_files import SqlFile
from libs.projections.consumer import MODEL_TABLES
from libs.projections.parked_tenants import BEFORE_ALL, ParkedPlace, name_some_tenants
from libs.projections.registry import secure_parked, show_parked

LAYOUT = SqlFile.load(Path(__file__).with_name("layout.sql"))
_REGISTRY_DDL = Path(__file__).with_name("registry_tables.sql")
_OWN_ROWS = tuple(f"projections.{table}" for table in ("models", "generations", "rebuilds", "reactors", "discarded"))


async def setup_projections(url: str, service: str) -> None:
    """Create the registry if it is missing and let the service's two roles use it; the roles are created as well.

    `url` is the owner's. Safe when several start at once. Raises `MissingRight` when the URL's login may not.
    """
    async with connected_once(url, application_name="waymark-setup") as connection:
        await ensure_roles(connection, service)
        async with connection.transaction():
            await lock_in_transaction(connection, "waymark.projections.setup")
            await connection.execute(_REGISTRY_DDL.read_text(encoding="utf-8") + _registry_rights(service))
            await _bring_up_to_date(connection, service)


def _registry_rights(service: str) -> str:
    return (
        grant_schema("projections", service)
        + grant_tables(_OWN_ROWS, service)
        + grant_tables(["projections.log"], service, projector="SELECT, INSERT")
        + f"GRANT EXECUTE ON FUNCTION projections.add_schema TO {quote_identifier(projector_role(service))};\n"
    )


async def _bring_up_to_date(conn: Connection, service: str) -> None:
    projector = projector_role(service)
    for row in await conn.fetch(LAYOUT.tenantless, service, projector):
        await _add_tenant(conn, service, *row)
    owner = quote_identifier(projector)
    for row in await conn.fetch(LAYOUT.schemas, service, projector):
        await conn.execute(f"ALTER SCHEMA {quote_identifier(row['nspname'])} OWNER TO {owner}")
        for relation in await conn.fetch(LAYOUT.relations, row["nspname"], projector):
            await conn.execute(f"ALTER {relation['kind']} {relation['name']} OWNER TO {owner}")
        for function in await conn.fetch(LAYOUT.functions, row["nspname"], projector):
            await conn.execute(f"ALTER FUNCTION {function['name']} OWNER TO {owner}")
    for row in await conn.fetch(LAYOUT.reactor_tables, service, projector):
        await conn.execute(f"ALTER TABLE {quote_qualified(f'{row[0]}.{row[1]}')} OWNER TO {owner}")


async def _add_tenant(conn: Connection, service: str, schema: str, table: str) -> None:
    """Let a table of parked records say whose each is, as its headers do."""
    await conn.execute(f"SET LOCAL search_path = {quote_identifier(schema)}")
    parked, is_model = quote_identifier(table), table == MODEL_TABLES.parked
    await conn.execute(
        f"ALTER TABLE {parked} ADD COLUMN tenant_id text; CREATE INDEX ON {parked} (tenant_id, first_seen)"
    )
    after: ParkedPlace | None = BEFORE_ALL
    while after is not None:
        after = await name_some_tenants(conn, table, after)
    await conn.execute(secure_parked(table, service) + (show_parked(table, service) if is_model else ""))
    await conn.execute("SET LOCAL search_path TO DEFAULT")
