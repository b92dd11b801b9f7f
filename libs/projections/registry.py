"""The library's tables: the registry in schema `projections`, and the positions and parked records of each consumer.

The registry belongs to the login that set the installation up, and shows a service its own rows alone. A read model's
tables belong to its service's projector; requests read them, and of parked records what says which one it was and why.
"""

from __future__ import annotations

from pathlib import Path

from libs.pg.database import Connection
from libs.pg.identifiers import quote_identifier, quote_qualified
from libs.pg.locks import lock_in_transaction
from libs.pg.roles import grant_schema, grant_tables, projector_role, request_role, tenant_policies
from libs.pg.sql_files import SqlFile
from libs.projections.consumer import MODEL_TABLES, ConsumerTables

REGISTRY = SqlFile.load(Path(__file__).with_name("registry.sql"))
POSITIONS = SqlFile.load(Path(__file__).with_name("positions.sql"))
PARKING = SqlFile.load(Path(__file__).with_name("parking.sql"))

_CONSUMER_DDL = Path(__file__).with_name("consumer_tables.sql")
_SHOWN_OF_PARKED = "tenant_id, topic, headers, reason, first_seen"


async def lock_consumer(conn: Connection, service: str, name: str) -> None:
    """Let nobody else create or drop anything of the consumer until the transaction ends."""
    await lock_in_transaction(conn, f"waymark.projections.{service}.{name}")


async def create_tables(conn: Connection, service: str, name: str, number: int, ddl: str) -> None:
    """Create a generation's schema with the projection's tables and the library's, and grant them.

    `conn` has the projector role, which owns all of it. Leaves the search path on the new schema.
    """
    schema = await conn.fetchval(REGISTRY.add_schema, service, name, number)
    await _enter(conn, service, schema)
    await conn.execute(MODEL_TABLES.sql(_CONSUMER_DDL.read_text(encoding="utf-8")))
    if ddl.strip():
        await conn.execute(ddl)
    await conn.execute(tenant_policies(MODEL_TABLES.parked, service) + _model_rights(service, schema))


async def create_reactor_tables(conn: Connection, service: str, tables: ConsumerTables) -> None:
    """Create a reactor's tables, and grant them; the service's schema is first on the search path.

    `conn` has the projector role, which owns them. Requests may see how far the reactor is.
    """
    await conn.execute(
        tables.sql(_CONSUMER_DDL.read_text(encoding="utf-8"))
        + grant_tables([tables.positions], service)
        + secure_parked(tables.parked, service)
    )


async def finish_tables(conn: Connection, service: str, schema: str, finishing_ddl: str) -> None:
    """Run a projection's finishing statements over filled tables; `conn` has the projector role."""
    await _enter(conn, service, schema)
    if finishing_ddl.strip():
        await conn.execute(finishing_ddl)
    await conn.execute(_model_rights(service, schema))


def secure_parked(table: str, service: str) -> str:
    """Return SQL that keeps tenants apart in a table of parked records, and shows it to the projector alone."""
    return tenant_policies(table, service) + grant_tables([table], service, request="")


def show_parked(table: str, service: str) -> str:
    """Return SQL that shows requests of a model's parked records whose, which and why, and not what they hold."""
    request = quote_identifier(request_role(service))
    return f"GRANT SELECT ({_SHOWN_OF_PARKED}) ON {quote_qualified(table)} TO {request};\n"


async def _enter(conn: Connection, service: str, schema: str) -> None:
    await conn.execute(f"SET LOCAL search_path = {quote_identifier(schema)}, {quote_identifier(service)}")


def _model_rights(service: str, schema: str) -> str:
    """Return SQL that gives the service's roles their rights on whatever the schema holds now."""
    projector, request = (quote_identifier(role(service)) for role in (projector_role, request_role))
    quoted = quote_identifier(schema)
    return (
        grant_schema(schema, service)
        + f"GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {quoted} TO {projector};\n"
        + f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {quoted} TO {projector};\n"
        + f"GRANT SELECT ON ALL TABLES IN SCHEMA {quoted} TO {request};\n"
        + f"REVOKE ALL ON {quoted}.parked FROM {request};\n"
        + show_parked(f"{schema}.{MODEL_TABLES.parked}", service)
    )
