"""The tables of an installation's database: which a backup holds, and as whom each is read and written.

Rows are behind row-level security that holds for the tables' owner too: a service's projector sees all of its own, and
the URL's login those of the registry and of the log. No superuser is needed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

from libs.pg.database import Connection
from libs.pg.identifiers import quote_identifier
from libs.pg.roles import projector_role
from libs.pg.sql_files import SqlFile
from libs.pg.upgrade import VERSION_TABLE
from waymark.services import SERVICES, STORING

BACKUP_SQL: Final = SqlFile.load(Path(__file__).with_name("backup.sql"))
REGISTRY = "projections"
LOG = "log"
# Who is a member of a group now, and what it was given: members join again. Schemas have versions by their migrations.
_PASSING = {f"{LOG}.members", f"{LOG}.assignments", f"{REGISTRY}.rebuilds"}
# The registry's tables with rows that only a service's projector sees.
_OF_SERVICES = {f"{REGISTRY}.discarded"}


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table, or a service's rows of one; `role` sees them all, None: the URL's login does. `size` is in bytes."""

    schema: str
    name: str
    columns: tuple[str, ...]
    size: int = field(compare=False)
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


async def tables_in(conn: Connection, schemas: Mapping[str, str | None]) -> Sequence[SourceTable]:
    """Return the tables to keep; one whose rows only services see comes once for each of these."""
    found: list[SourceTable] = []
    for row in await conn.fetch(BACKUP_SQL.tables, list(schemas)):
        name = f"{row['schema']}.{row['name']}"
        if name in _PASSING or row["name"] == VERSION_TABLE:
            continue
        parts = _readers() if name in _OF_SERVICES else {None: schemas[row["schema"]]}
        found += [
            SourceTable(row["schema"], row["name"], tuple(row["columns"]), row["size"], role, service)
            for service, role in parts.items()
        ]
    return found


def _readers() -> Mapping[str | None, str | None]:
    return {one.name: projector_role(one.name) for one in SERVICES if one.has_consumers}


async def our_schemas(conn: Connection) -> Sequence[tuple[str, str]]:
    """Return the schemas of an installation that are there, each with its owner, those of read models first."""
    rows = await conn.fetch(BACKUP_SQL.our_schemas, [one.name for one in STORING] + [REGISTRY, LOG])
    return [(row["name"], row["owner"]) for row in rows]


async def sequences_in(conn: Connection, schemas: Collection[str]) -> Mapping[str, str]:
    """Return the sequences as `schema.name`, each with the role that owns it."""
    return {row["name"]: row["owner"] for row in await conn.fetch(BACKUP_SQL.sequences, list(schemas))}


async def owners_in(conn: Connection, schemas: Collection[str]) -> Mapping[str, Owned]:
    """Return who owns each table, as `schema.name`, and whether its rows are hidden from that one too."""
    rows = await conn.fetch(BACKUP_SQL.owners, list(schemas))
    return {row["name"]: Owned(row["owner"], row["is_forced"]) for row in rows}


async def parents_first(conn: Connection, schemas: Collection[str]) -> Mapping[str, int]:
    """Return places for tables with references between them, as `schema.name`: parents come before children."""
    graph: dict[str, set[str]] = {}
    for row in await conn.fetch(BACKUP_SQL.references, list(schemas)):
        graph.setdefault(row["child"], set()).add(row["parent"])
    return {name: at for at, name in enumerate(TopologicalSorter(graph).static_order())}


async def act_as(conn: Connection, role: str | None) -> None:
    """Take on a role until the transaction ends, None: the URL's login."""
    await conn.execute(f"SET LOCAL ROLE {'NONE' if role is None else quote_identifier(role)}")
