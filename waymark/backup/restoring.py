"""Restores a backup into an empty database: its tables as they were, then all rows in one transaction.

Until that is committed the database is known as unfinished: nothing starts on it, and a restore begins anew. Setup
brings the restored database forward, as after an upgrade.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence

from libs.eventlog.open import opened_log
from libs.pg.database import Connection, connect_once
from libs.pg.identifiers import quote_identifier, quote_qualified
from libs.pg.locks import try_session_lock
from libs.projections.registry import REGISTRY
from libs.service.private_files import SECRET_KEY_FILE, write_private
from libs.vault.vault import names_of
from waymark.backup.archive import Archive
from waymark.backup.manifest import Manifest, ServingModel, TableFile, Unrestorable
from waymark.backup.rebuilding import make_tables
from waymark.backup.session import ENDED, ended, lift_limits
from waymark.backup.tables import (
    BACKUP_SQL,
    Owned,
    act_as,
    our_schemas,
    owners_in,
    parents_first,
    schemas_of,
    sequences_in,
)
from waymark.backup.unfinished import is_unfinished, note_begin, note_end
from waymark.errors import CommandFailed
from waymark.progress import Bar
from waymark.settings import MachineSettings, read_secret_key

_SHOWN_SCHEMAS = 5
_LOCK = "waymark.restore"
_POSITIONS = "positions"


class NotEmpty(CommandFailed):
    """The database holds something; the message says what."""


async def refuse_another_log(settings: MachineSettings, manifest: Manifest) -> None:
    """Raise Unrestorable when the settings name another log than the backup's; LogUnavailable when none answers."""
    log = manifest.log
    if log.in_database:
        if settings.kafka_bootstrap_servers:
            raise Unrestorable(
                "the backup holds its log, which lay in PostgreSQL, and the settings name a Kafka: restore without"
                " WAYMARK_KAFKA_BOOTSTRAP_SERVERS, and move to Kafka afterwards with `waymark log copy`"
            )
        return
    if not settings.kafka_bootstrap_servers:
        raise Unrestorable(f"the log of the backup lies in Kafka, its id is {log.id}: name that Kafka by --kafka")
    async with opened_log(settings, start=False) as opened:
        found = await opened.identity()
    if found != log.id:
        raise Unrestorable(
            f"the backup belongs to the log {log.id}, the Kafka of the settings is {found}: name the Kafka, and the"
            " WAYMARK_TOPIC_PREFIX, that the backup was taken with"
        )


def refuse_another_key(settings: MachineSettings, manifest: Manifest) -> None:
    """Raise Unrestorable when what the backup has of secrets could not be read by what is restored."""
    names = names_of(read_secret_key(settings))
    place = settings.data_dir / SECRET_KEY_FILE
    if not names and not manifest.has_secret_key:
        raise Unrestorable(
            f"the backup has no secret key and there is none here: put the installation's into {place}, or set"
            " WAYMARK_SECRET_KEY or WAYMARK_SECRET_KEY_FILE"
        )
    if names and not set(manifest.key_names) <= set(names):
        raise Unrestorable(
            "the secret key here is not that of the backup, so stored secrets could not be read: set the one from when"
            " it was taken; if the key was changed since, set both, `new,old`"
        )


def _keep_secret_key(settings: MachineSettings, archive: Archive) -> None:
    """Put the backup's secret key where the single machine looks for it, if there is none yet."""
    secret_key = archive.secret_key
    if secret_key is not None and read_secret_key(settings) is None:
        write_private(settings.data_dir / SECRET_KEY_FILE, secret_key)


async def restore_backup(settings: MachineSettings, archive: Archive, bar: Bar) -> Sequence[ServingModel]:
    """Restore into the settings' database; return the read models of other versions, which are filled anew.

    Raises NotEmpty, Unrestorable, DatabaseUnavailable, MissingRight, MigrationError.
    """
    url = settings.required_database_url
    connection = await connect_once(url, application_name="waymark-restore")
    try:
        await lift_limits(connection)
        if not await try_session_lock(connection, _LOCK):
            raise CommandFailed("another restore into this database is under way")
        if await is_unfinished(connection):
            await _drop_begun(connection)
        else:
            await _refuse_filled(connection)
            await _refuse_encoding(connection)
        await note_begin(connection)
        _keep_secret_key(settings, archive)
        refilled = await make_tables(settings, archive.manifest)
        await _Loading(connection, archive, refilled, bar).load()
    except ENDED as error:
        raise ended("restore", error) from None
    finally:
        await connection.close()
    return refilled


async def _refuse_filled(conn: Connection) -> None:
    found = await conn.fetch(BACKUP_SQL.filled_schemas)
    if found:
        named = [f"{row['name']} ({row['tables']} tables)" for row in found[:_SHOWN_SCHEMAS]]
        more = f" and {len(found) - _SHOWN_SCHEMAS} more" if len(found) > _SHOWN_SCHEMAS else ""
        raise NotEmpty(
            f"the database is not empty, it holds {', '.join(named)}{more}: restore into a new database, or another"
            " data directory"
        )


async def _refuse_encoding(conn: Connection) -> None:
    encoding = await conn.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise Unrestorable(f"the database's encoding is {encoding}, which lacks characters: make one with UTF8")


async def _drop_begun(conn: Connection) -> None:
    """Remove what a restore that did not end has left; the database was empty before it."""
    async with conn.transaction():
        for name, owner in await our_schemas(conn):
            await act_as(conn, owner)
            await conn.execute(f"DROP SCHEMA {quote_identifier(name)} CASCADE")


class _Loading:
    """Loads the rows, as the owner of each table, into tables that are there."""

    def __init__(self, connection: Connection, archive: Archive, refilled: Sequence[ServingModel], bar: Bar) -> None:
        self._connection = connection
        self._archive = archive
        self._manifest = archive.manifest
        self._refilled = refilled
        self._bar = bar
        self._bytes = self._rows = 0

    async def load(self) -> None:
        """Load everything and note the end, all in one transaction."""
        conn = self._connection
        schemas = schemas_of(
            (one.schema for one in self._manifest.models), log_in_database=self._manifest.log.in_database
        )
        async with conn.transaction():
            owners, places = await owners_in(conn, schemas), await parents_first(conn, schemas)
            tables = sorted(self._kept_tables(owners), key=lambda table: places.get(table.table, 0))
            if unknown := [table.table for table in tables if table.table not in owners]:
                raise Unrestorable(f"this version of Waymark has no table {unknown[0]}: restore with {self._made_by}")
            await self._truncate(owners, {table.table for table in tables})
            for table in tables:
                await self._fill(table, owners[table.table])
            await self._set_sequences(await sequences_in(conn, schemas))
            await act_as(conn, None)
            await self._let_rebuild(owners)
            await note_end(conn)
        await self._analyze(owners)

    @property
    def _made_by(self) -> str:
        return f"Waymark {self._manifest.waymark}"

    def _kept_tables(self, owners: Mapping[str, Owned]) -> list[TableFile]:
        """Return the tables to load: of models that are filled anew nothing but how far they were."""
        left_out = {model.schema for model in self._refilled}
        return [
            table
            for table in self._manifest.tables
            if table.schema not in left_out or (table.name == _POSITIONS and table.table in owners)
        ]

    async def _truncate(self, owners: Mapping[str, Owned], tables: set[str]) -> None:
        """Remove the rows that migrations made; what is loaded then needs no look at who may see it yet."""
        for owner, names in _by_owner(owners, tables).items():
            await act_as(self._connection, owner)
            await self._connection.execute(f"TRUNCATE {', '.join(map(quote_qualified, names))}")

    async def _fill(self, table: TableFile, owned: Owned) -> None:
        conn, name = self._connection, quote_qualified(table.table)
        await act_as(conn, owned.owner)
        if owned.is_forced:  # until the rows are there: COPY knows no row-level security
            await conn.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
        status = await conn.copy_to_table(
            table.name,
            schema_name=table.schema,
            columns=table.columns,
            source=self._chunks(table),
            format="binary",
            freeze=True,
        )
        if owned.is_forced:
            await conn.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        rows = int(status.split()[-1])
        if rows != table.rows:
            raise Unrestorable(f"{table.file} has {rows} rows, the backup's manifest says {table.rows}")
        self._rows += rows
        self._bar.at(self._bytes, self._rows)

    async def _chunks(self, table: TableFile) -> AsyncIterator[bytes]:
        for chunk in self._archive.chunks(table):
            self._bytes += len(chunk)
            self._bar.at(self._bytes, self._rows)
            yield chunk

    async def _set_sequences(self, owners: Mapping[str, str]) -> None:
        for name, value in self._manifest.sequences.items():
            if owner := owners.get(name):
                await act_as(self._connection, owner)
                await self._connection.execute(BACKUP_SQL.set_next_value, quote_qualified(name), value)

    async def _let_rebuild(self, owners: Mapping[str, Owned]) -> None:
        """Give the models to be filled anew a version that no program has; forget generations without tables."""
        kept = {
            (model.service, model.name, model.generation)
            for model in self._manifest.models
            if f"{model.schema}.{_POSITIONS}" in owners
        }
        for row in await self._connection.fetch(BACKUP_SQL.generations):
            if tuple(row) not in kept:
                await self._connection.execute(REGISTRY.forget_generation, *row)
        for model in self._refilled:
            await self._connection.execute(BACKUP_SQL.outdate, model.service, model.name, model.generation)

    async def _analyze(self, owners: Mapping[str, Owned]) -> None:
        """Let the planner know what the tables hold, rather than take them for empty until autovacuum comes by."""
        async with self._connection.transaction():
            for owner, names in _by_owner(owners, set(owners)).items():
                await act_as(self._connection, owner)
                await self._connection.execute(f"ANALYZE {', '.join(map(quote_qualified, names))}")


def _by_owner(owners: Mapping[str, Owned], tables: set[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for table in sorted(tables):
        found[owners[table].owner].append(table)
    return found
