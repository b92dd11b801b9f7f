"""The library's tables: the registry in schema `projections`, and the positions and parked records of each consumer.

All of it is created by statements that may be run again. Tables belong to the database URL's login; a service's
projector writes them, its requests only read which generation serves and how far it is.
"""

from __future__ import annotations

from pathlib import Path

from libs.pg.database import Connection, connect_once
from libs.pg.identifiers import quote_identifier
from libs.pg.locks import lock_in_transaction
from libs.pg.roles import ensure_roles, grant_schema, grant_tables, projector_role, request_role
from libs.pg.sql_files import SqlFile
from libs.projections.consumer import MODEL_TABLES, ConsumerTables

REGISTRY = SqlFile.load(Path(__file__).with_name("registry.sql"))
POSITIONS = SqlFile.load(Path(__file__).with_name("positions.sql"))
PARKING = SqlFile.load(Path(__file__).with_name("parking.sql"))

_REGISTRY_DDL = Path(__file__).with_name("registry_tables.sql")
_CONSUMER_DDL = Path(__file__).with_name("consumer_tables.sql")
_DISCARDED = "projections.discarded"
_REGISTRY_TABLES = tuple(f"projections.{table}" for table in ("log", "models", "generations", "rebuilds", "reactors"))


async def setup_projections(url: str, service: str) -> None:
    """Create the registry if it is missing and let the service's two roles use it; the roles are created as well.

    Safe when several start at once. Raises `MissingRight` when the URL's login may not.
    """
    connection = await connect_once(url, application_name="waymark-setup")
    try:
        await ensure_roles(connection, service)
        async with connection.transaction():
            await lock_in_transaction(connection, "waymark.projections.setup")
            await connection.execute(
                _REGISTRY_DDL.read_text(encoding="utf-8")
                + grant_schema("projections", service)
                + grant_tables(_REGISTRY_TABLES, service, request="SELECT")
                + grant_tables([_DISCARDED], service, request="SELECT")
                + _discarded_policies(service)
            )
    finally:
        await connection.close()


def _discarded_policies(service: str) -> str:
    """Return SQL that lets the service's roles see what was discarded of its own consumers, requests their tenant's."""
    own = f"service = '{service}'"
    tenant = "tenant_id = current_setting('waymark.tenant_id', true)"
    return _policy(f"projector_of_{service}", projector_role(service), own) + _policy(
        f"requests_of_{service}", request_role(service), f"{own} AND {tenant}"
    )


def _policy(name: str, role: str, condition: str) -> str:
    """Return SQL that creates a policy on what was discarded, unless it is there."""
    created = f"CREATE POLICY {quote_identifier(name)} ON {_DISCARDED} TO {quote_identifier(role)} USING ({condition})"
    return (
        f"DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = '{_DISCARDED}'::regclass"
        f" AND polname = '{name}') THEN {created}; END IF; END $do$;\n"
    )


async def lock_consumer(conn: Connection, service: str, name: str) -> None:
    """Let nobody else create or drop anything of the consumer until the transaction ends."""
    await lock_in_transaction(conn, f"waymark.projections.{service}.{name}")


async def create_tables(conn: Connection, service: str, schema: str, ddl: str) -> None:
    """Create a generation's schema with the projection's tables and the library's, and grant them, as their owner.

    Leaves the search path on the new schema. Sequences come with the tables; parked records are not for requests.
    """
    await as_owner(conn)
    quoted = quote_identifier(schema)
    await conn.execute(f"CREATE SCHEMA {quoted}")
    await conn.execute(f"SET LOCAL search_path = {quoted}, {quote_identifier(service)}")
    await conn.execute(MODEL_TABLES.sql(_CONSUMER_DDL.read_text(encoding="utf-8")))
    if ddl.strip():
        await conn.execute(ddl)
    await grant_all(conn, service, schema)


async def create_reactor_tables(conn: Connection, service: str, tables: ConsumerTables) -> None:
    """Create a reactor's tables, and grant them, as their owner; the service's schema is first on the search path.

    Requests may see how far the reactor is, and nothing of its parked records.
    """
    await as_owner(conn)
    await conn.execute(
        tables.sql(_CONSUMER_DDL.read_text(encoding="utf-8"))
        + grant_tables([tables.positions], service)
        + grant_tables([tables.parked], service, request="")
    )


async def grant_all(conn: Connection, service: str, schema: str) -> None:
    """Give the service's roles their rights on whatever the schema holds now."""
    projector, request = (quote_identifier(f"waymark_{service}_{kind}") for kind in ("projector", "request"))
    quoted = quote_identifier(schema)
    await conn.execute(
        grant_schema(schema, service)
        + f"GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {quoted} TO {projector};\n"
        + f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {quoted} TO {projector};\n"
        + f"GRANT SELECT ON ALL TABLES IN SCHEMA {quoted} TO {request};\n"
        + f"REVOKE ALL ON {quoted}.parked FROM {request};\n"
    )


async def finish_tables(conn: Connection, service: str, schema: str, finishing_ddl: str) -> None:
    """Run a projection's finishing statements over filled tables, as their owner.

    A forced policy would hide every row from an owner that is no superuser, so force is lifted for the transaction;
    the tables are locked meanwhile and nobody reads a generation that does not serve.
    """
    await as_owner(conn)
    await conn.execute(f"SET LOCAL search_path = {quote_identifier(schema)}, {quote_identifier(service)}")
    if finishing_ddl.strip():
        forced = await _forced_tables(conn, schema)
        await _set_forced(conn, schema, forced, force=False)
        await conn.execute(finishing_ddl)
        await _set_forced(conn, schema, forced, force=True)
    await grant_all(conn, service, schema)


async def _forced_tables(conn: Connection, schema: str) -> list[str]:
    rows = await conn.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relforcerowsecurity"
        " AND relkind IN ('r', 'p') ORDER BY relname",
        quote_identifier(schema),
    )
    return [row["relname"] for row in rows]


async def _set_forced(conn: Connection, schema: str, tables: list[str], *, force: bool) -> None:
    word = "FORCE" if force else "NO FORCE"
    for table in tables:
        name = f"{quote_identifier(schema)}.{quote_identifier(table)}"
        await conn.execute(f"ALTER TABLE {name} {word} ROW LEVEL SECURITY")


async def as_owner(conn: Connection) -> None:
    """Act as the database URL's login, which owns all tables, until the transaction ends."""
    await conn.execute("SET LOCAL ROLE NONE")
