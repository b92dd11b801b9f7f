"""Takes a backup while everything runs: one snapshot of the database, read table by table.

Nobody is locked out but who changes the tables themselves, which a start of another version does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from msgspec import structs

from libs.contracts.times import format_time
from libs.pg.database import Connection, connect_once
from libs.pg.identifiers import quote_qualified
from libs.pg.upgrade import current_version
from libs.projections.registry import REGISTRY
from libs.vault.vault import names_of
from waymark.backup.archive import ArchiveWriter, Sink, written_archive
from waymark.backup.manifest import FORMAT, LogOfBackup, Manifest, ServingModel, StartedReactor, TableFile
from waymark.backup.session import ENDED, ended, lift_limits
from waymark.backup.tables import BACKUP_SQL, SourceTable, act_as, schemas_of, sequences_in, tables_in
from waymark.backup.unfinished import refuse_unfinished
from waymark.errors import CommandFailed
from waymark.operator import NOT_SET_UP
from waymark.progress import Bar
from waymark.services import SERVICES
from waymark.settings import MachineSettings, read_secret_key
from waymark.version import VERSION

_LOCK_TIMEOUT_S = 30
_ATTEMPTS = 3
_BUFFER_BYTES = 1 << 20


class _TablesReplaced(Exception):
    """Tables are others than those that were listed: a rebuild, or a start of another version, made or dropped some."""


async def take_backup(settings: MachineSettings, path: Path, *, with_secret_key: bool, bar: Bar) -> Manifest:
    """Write a backup of the database to `path`. Raises CommandFailed, DatabaseUnavailable."""
    secret_key = read_secret_key(settings)
    if with_secret_key and secret_key is None:
        raise CommandFailed(f"there is no secret key in {settings.data_dir}: set WAYMARK_SECRET_KEY or leave it out")
    connection = await connect_once(settings.required_database_url, application_name="waymark-backup")
    try:
        await lift_limits(connection)
        await refuse_unfinished(connection)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with written_archive(path) as archive:
                    return await _Taking(connection, archive, bar).take(secret_key, with_secret_key=with_secret_key)
            except _TablesReplaced:
                if attempt == _ATTEMPTS:
                    raise CommandFailed(
                        "tables are being replaced, by rebuilds or a start of another version: try again afterwards"
                    ) from None
    except asyncpg.LockNotAvailableError:
        raise CommandFailed(
            f"a table could not be read for {_LOCK_TIMEOUT_S} s: a start of another version changes it; try again"
        ) from None
    except asyncpg.InsufficientPrivilegeError as error:
        raise CommandFailed(
            f"the database URL's login may not read everything ({error}): use that which sets Waymark up"
        ) from None
    except asyncpg.InternalClientError:  # no rollback while rows are coming, when Ctrl-C cut the COPY off
        connection.terminate()
        raise asyncio.CancelledError from None
    except NOT_SET_UP:
        raise
    except ENDED as error:
        raise ended("backup", error) from None
    finally:
        await connection.close()
    raise AssertionError


class _Taking:
    """One attempt, on one connection."""

    def __init__(self, connection: Connection, archive: ArchiveWriter, bar: Bar) -> None:
        self._connection = connection
        self._archive = archive
        self._bar = bar
        self._done_bytes = self._rows = 0

    async def take(self, secret_key: str | None, *, with_secret_key: bool) -> Manifest:
        conn = self._connection
        models = await _models(conn)
        log = await _log(conn)
        schemas = schemas_of((model.schema for model in models), log_in_database=log.in_database)
        tables = await tables_in(conn, schemas)
        self._bar.total(sum(table.size for table in tables) or 1)
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            await self._lock(tables)
            taken_at = format_time(datetime.now(UTC))
            await act_as(conn, None)
            if await _models(conn) != models or await tables_in(conn, schemas) != tables:
                raise _TablesReplaced
            manifest = Manifest(
                format=FORMAT,
                waymark=VERSION,
                taken_at=taken_at,
                postgresql=await conn.fetchval("SHOW server_version"),
                log=log,
                revisions=await _revisions(conn),
                models=tuple(models),
                reactors=await _reactors(conn),
                sequences=await self._sequences(schemas),
                tables=tuple([await self._add(table) for table in tables]),
                key_names=names_of(secret_key),
                has_secret_key=with_secret_key,
                left_out=_left_out(log, with_secret_key=with_secret_key),
            )
        if with_secret_key and secret_key is not None:
            self._archive.add_secret_key(secret_key)
        self._archive.close(manifest)
        return manifest

    async def _lock(self, tables: Sequence[SourceTable]) -> None:
        """Keep the tables as they are until the end; no statement before has taken the snapshot."""
        await self._connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT_S}s'")
        for table in tables:
            await act_as(self._connection, table.role)
            try:
                await self._connection.execute(f"LOCK TABLE {table.qualified} IN ACCESS SHARE MODE")
            except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
                raise _TablesReplaced from None

    async def _add(self, table: SourceTable) -> TableFile:
        conn = self._connection
        await act_as(conn, table.role)
        rows = 0

        async def fill(sink: Sink) -> None:
            nonlocal rows
            buffered = _Buffered(sink, self._moved)
            columns = ", ".join(map(quote_qualified, table.columns))
            status = await conn.copy_from_query(
                f"SELECT {columns} FROM {table.qualified}", output=buffered.add, format="binary"
            )
            await buffered.flush()
            rows = int(status.split()[-1])

        empty = TableFile(
            table.schema, table.name, table.columns, rows=0, bytes=0, sha256="", of_service=table.of_service
        )
        written = await self._archive.add(empty.file, fill)
        self._rows += rows
        return structs.replace(empty, rows=rows, bytes=written.bytes, sha256=written.sha256)

    def _moved(self, count: int) -> None:
        self._done_bytes += count
        self._bar.at(self._done_bytes, self._rows)

    async def _sequences(self, schemas: Mapping[str, str | None]) -> dict[str, int]:
        """Return the next value of each sequence: the snapshot's rows have lower ones."""
        found = {}
        for name, owner in (await sequences_in(self._connection, schemas)).items():
            await act_as(self._connection, owner)
            found[name] = await self._connection.fetchval(
                f"SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM {quote_qualified(name)}"
            )
        await act_as(self._connection, None)
        return found


class _Buffered:
    """Hands on in large pieces what comes row by row."""

    def __init__(self, sink: Sink, on_bytes: Callable[[int], None]) -> None:
        self._sink = sink
        self._on_bytes = on_bytes
        self._waiting = bytearray()

    async def add(self, data: bytes) -> None:
        self._waiting += data
        if len(self._waiting) >= _BUFFER_BYTES:
            await self.flush()

    async def flush(self) -> None:
        await self._sink(bytes(self._waiting))
        self._on_bytes(len(self._waiting))
        self._waiting.clear()


async def _models(conn: Connection) -> list[ServingModel]:
    return [ServingModel(*row) for row in await conn.fetch(BACKUP_SQL.serving_models)]


async def _reactors(conn: Connection) -> tuple[StartedReactor, ...]:
    return tuple(StartedReactor(*row) for row in await conn.fetch(BACKUP_SQL.reactors))


async def _revisions(conn: Connection) -> dict[str, str]:
    found = {one.name: await current_version(conn, one.name) for one in SERVICES if one.migrations is not None}
    return {name: revision for name, revision in found.items() if revision is not None}


async def _log(conn: Connection) -> LogOfBackup:
    """Return the log that the database belongs to. Raises CommandFailed where there was no start yet."""
    known = await conn.fetchval(REGISTRY.known_log)
    if known is None:
        raise CommandFailed("the database belongs to no log yet, so there is nothing to back up: start it once")
    lies_here = await conn.fetchval("SELECT to_regclass('log.identity') IS NOT NULL")
    layout = await conn.fetchval(BACKUP_SQL.layout, known) if lies_here else None
    return LogOfBackup(known, layout is not None, layout)


def _left_out(log: LogOfBackup, *, with_secret_key: bool) -> tuple[str, ...]:
    left_out = ["logins of the services, which setup makes", "credentials.json and checkpoints of imports"]
    if not log.in_database:
        left_out.append("the log, which lies in Kafka")
    if not with_secret_key:
        left_out.append("the secret key")
    return tuple(left_out)
