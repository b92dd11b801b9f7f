"""The tables of an installation's database: which a backup holds, and as whom each is read and written.

Rows are behind row-level security that holds for the tables' owner too: a service's projector sees all of its own, and
the URL's login those of the registry and of the log. No superuser is needed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from libs.pg.database import Connection
from libs.pg.identifiers import quote_identifier
from libs.pg.roles import projector_role
from libs.pg.upgrade import VERSION_TABLE
from waymark.services import SERVICES, STORING

REGISTRY = "projections"
LOG = "log"
# Who is a member of a group now, and what it was given: members join again. Schemas have versions by their migrations.
_PASSING = {f"{LOG}.members", f"{LOG}.assignments", f"{REGISTRY}.rebuilds"}
# The registry's tables with rows that only a service's projector sees.
_OF_SERVICES = {f"{REGISTRY}.discarded"}
_TABLES = """
SELECT n.nspname AS schema, c.relname AS name, pg_table_size(c.oid) AS size,
    array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname = ANY ($1)
GROUP BY n.nspname, c.relname, c.oid
ORDER BY 1, 2
"""
_SEQUENCES = """
SELECT n.nspname || '.' || c.relname AS name, pg_get_userbyid(c.relowner)::text AS owner
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname = ANY ($1) ORDER BY 1
"""
_OWNERS = """
SELECT n.nspname || '.' || c.relname AS name, pg_get_userbyid(c.relowner)::text AS owner,
    c.relforcerowsecurity AS is_forced
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY ($1)
"""
_OURS = """
SELECT nspname::text AS name, pg_get_userbyid(nspowner)::text AS owner
FROM pg_namespace
WHERE nspname = ANY ($1) OR (nspname ~ '_g[0-9]+$' AND split_part(nspname, '_', 1) = ANY ($1))
ORDER BY nspname = ANY ($1), 1
"""
_REFERENCES = """
SELECT cn.nspname || '.' || child.relname AS child, pn.nspname || '.' || parent.relname AS parent
FROM pg_constraint AS c
JOIN pg_class AS child ON child.oid = c.conrelid JOIN pg_namespace AS cn ON cn.oid = child.relnamespace
JOIN pg_class AS parent ON parent.oid = c.confrelid JOIN pg_namespace AS pn ON pn.oid = parent.relnamespace
WHERE c.contype = 'f' AND c.conrelid <> c.confrelid AND cn.nspname = ANY ($1)
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, or a service's rows of one; `role` sees them all, None: the URL's login does."""

    schema: str
    name: str
    columns: tuple[str, ...]
    size: int
    role: str | None
    of_service: str | None = None

    @property
    def qualified(self) -> str:
        return f"{quote_identifier(self.schema)}.{quote_identifier(self.name)}"


@dataclass(frozen=True, slots=True)
class Owned:
    """A table's owner, and whether row-level security holds for that one too."""

    owner: str
    is_forced: bool


def schemas_of(models: Iterable[str], *, log_in_database: bool) -> Mapping[str, str | None]:
    """Return the schemas that a backup holds, each with the role that sees its rows; `models` are read models'."""
    owned: dict[str, str | None] = {one.name: projector_role(one.name) for one in STORING}
    owned |= {schema: projector_role(schema.partition("_")[0]) for schema in models}
    return owned | {REGISTRY: None} | ({LOG: None} if log_in_database else {})


async def tables_in(conn: Connection, schemas: Mapping[str, str | None]) -> Sequence[Table]:
    """Return the tables to keep; one whose rows only services see comes once for each of these."""
    found: list[Table] = []
    for row in await conn.fetch(_TABLES, list(schemas)):
        name = f"{row['schema']}.{row['name']}"
        if name in _PASSING or row["name"] == VERSION_TABLE:
            continue
        parts = _readers() if name in _OF_SERVICES else {None: schemas[row["schema"]]}
        found += [
            Table(row["schema"], row["name"], tuple(row["columns"]), row["size"], role, service)
            for service, role in parts.items()
        ]
    return found


def _readers() -> Mapping[str | None, str | None]:
    return {one.name: projector_role(one.name) for one in SERVICES if one.has_consumers}


async def our_schemas(conn: Connection) -> Sequence[tuple[str, str]]:
    """Return the schemas of an installation that are there, each with its owner, those of read models first."""
    rows = await conn.fetch(_OURS, [one.name for one in STORING] + [REGISTRY, LOG])
    return [(row["name"], row["owner"]) for row in rows]


async def sequences_in(conn: Connection, schemas: Collection[str]) -> Mapping[str, str]:
    """Return the sequences as `schema.name`, each with the role that owns it."""
    return {row["name"]: row["owner"] for row in await conn.fetch(_SEQUENCES, list(schemas))}


async def owners_in(conn: Connection, schemas: Collection[str]) -> Mapping[str, Owned]:
    """Return who owns each table, as `schema.name`, and whether its rows are hidden from that one too."""
    rows = await conn.fetch(_OWNERS, list(schemas))
    return {row["name"]: Owned(row["owner"], row["is_forced"]) for row in rows}


async def parents_first(conn: Connection, schemas: Collection[str]) -> Mapping[str, int]:
    """Return places for tables with references between them, as `schema.name`: parents come before children."""
    graph: dict[str, set[str]] = {}
    for row in await conn.fetch(_REFERENCES, list(schemas)):
        graph.setdefault(row["child"], set()).add(row["parent"])
    return {name: at for at, name in enumerate(TopologicalSorter(graph).static_order())}


async def act_as(conn: Connection, role: str | None) -> None:
    """Take on a role until the transaction ends, None: the URL's login."""
    await conn.execute(f"SET LOCAL ROLE {'NONE' if role is None else quote_identifier(role)}")
