"""The tables behind read models: the registry in schema `projections`, and what each generation holds of the library.

All of it is created by statements that may be run again. Tables belong to the database URL's login; a service's
projector writes them, its requests only read which generation serves and how far it is.
"""

from __future__ import annotations

from pathlib import Path

from libs.pg.database import Connection, connect_once
from libs.pg.identifiers import quote_identifier
from libs.pg.locks import lock_in_transaction
from libs.pg.roles import ensure_roles, grant_schema, grant_tables
from libs.pg.sql_files import SqlFile

REGISTRY = SqlFile.load(Path(__file__).with_name("registry.sql"))
POSITIONS = SqlFile.load(Path(__file__).with_name("positions.sql"))
PARKING = SqlFile.load(Path(__file__).with_name("parking.sql"))

_REGISTRY_DDL = """
CREATE SCHEMA IF NOT EXISTS projections;
CREATE TABLE IF NOT EXISTS projections.log (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    log_id text NOT NULL,
    adopted_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS projections.models (
    service text NOT NULL,
    name text NOT NULL,
    serving int,
    newest int NOT NULL DEFAULT 0,
    PRIMARY KEY (service, name)
);
CREATE TABLE IF NOT EXISTS projections.generations (
    service text NOT NULL,
    name text NOT NULL,
    generation int NOT NULL,
    version int NOT NULL,
    log_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('filling', 'catching_up', 'serving', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz,
    stopped_at timestamptz,
    stopped_reason text,
    parking_floor bigint NOT NULL DEFAULT 0,
    done bigint NOT NULL DEFAULT 0,
    target bigint,
    PRIMARY KEY (service, name, generation),
    FOREIGN KEY (service, name) REFERENCES projections.models
);
CREATE TABLE IF NOT EXISTS projections.rebuilds (
    service text NOT NULL,
    name text NOT NULL,
    reason text NOT NULL,
    from_retained boolean NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    claimed_by text,
    claimed_until timestamptz,
    failed_at timestamptz,
    failure text,
    PRIMARY KEY (service, name)
);
CREATE TABLE IF NOT EXISTS projections.copies (
    source text NOT NULL,
    target text NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (source, target, topic, partition)
);
"""
_REGISTRY_TABLES = tuple(f"projections.{table}" for table in ("log", "models", "generations", "rebuilds"))

# `as_of` begins with the epoch: a partition that nobody has read yet makes the whole model that old.
_GENERATION_DDL = """
CREATE TABLE positions (
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    owner_epoch bigint NOT NULL DEFAULT 0,
    owner text,
    as_of timestamptz NOT NULL DEFAULT 'epoch',
    applied bigint NOT NULL DEFAULT 0,
    parked bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);
CREATE TABLE parked (
    topic text NOT NULL,
    partition int NOT NULL,
    "offset" bigint NOT NULL,
    stage text NOT NULL CHECK (stage IN ('decode', 'apply')),
    reason text NOT NULL,
    first_seen timestamptz NOT NULL,
    last_tried timestamptz,
    published_at timestamptz,
    ordinal bigint NOT NULL,
    key bytea,
    value bytea,
    headers bytea NOT NULL,
    timestamp_ms bigint NOT NULL,
    PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX parked_ordinal ON parked (ordinal);
CREATE INDEX parked_unpublished ON parked (first_seen) WHERE published_at IS NULL;
"""


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
                _REGISTRY_DDL
                + grant_schema("projections", service)
                + grant_tables(_REGISTRY_TABLES, service, request="SELECT")
            )
    finally:
        await connection.close()


async def create_tables(conn: Connection, service: str, schema: str, ddl: str) -> None:
    """Create a generation's schema with the projection's tables and the library's, and grant them, as their owner.

    Leaves the search path on the new schema. Sequences come with the tables; parked records are not for requests.
    """
    await as_owner(conn)
    quoted = quote_identifier(schema)
    await conn.execute(f"CREATE SCHEMA {quoted}")
    await conn.execute(f"SET LOCAL search_path = {quoted}, {quote_identifier(service)}")
    await conn.execute(_GENERATION_DDL)
    if ddl.strip():
        await conn.execute(ddl)
    await grant_all(conn, service, schema)


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
