"""Looks at everything that Waymark needs (Python, data directory, database, log, server) and whether records flow."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import psutil

from libs.eventlog.open import opened_log
from libs.pg.database import connected_once
from libs.pg.errors import EmbeddedPostgresError
from libs.service.private_files import CREDENTIALS_FILE
from waymark import flow_examination
from waymark.client.address import check_url, read_credentials
from waymark.client.errors import WaymarkError
from waymark.connection import CONNECT_TIMEOUT_S
from waymark.errors import CommandFailed
from waymark.operator import NoDatabase, operator_database, operator_errors
from waymark.settings import MachineSettings

_OLDEST_POSTGRES = 150_000
_LITTLE_DISK_BYTES = 1 << 30
_READY_TIMEOUT_S = 6.0
_NOT_SET_UP = (asyncpg.InvalidSchemaNameError, asyncpg.UndefinedTableError)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    what: str
    good: bool
    words: str


async def examine(settings: MachineSettings, url: str | None) -> list[Finding]:
    """Look at each in turn; `url` is where a server is expected, None: where the first start wrote that it is."""
    server = await _guarded("server", lambda: _server(settings, url))
    return [
        _python(),
        _disk(settings.data_dir),
        _credentials(settings.data_dir),
        *await _storage(settings, running=server.good),
        server,
        *await _streams(settings.data_dir, url, running=server.good),
    ]


def _python() -> Finding:
    return Finding("python", sys.version_info >= (3, 11), platform.python_version())


def _disk(data_dir: Path) -> Finding:
    place = next(path for path in (data_dir.absolute(), *data_dir.absolute().parents) if path.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding("disk", False, f"{place} cannot be written")
    free = psutil.disk_usage(str(place)).free
    return Finding("disk", free > _LITTLE_DISK_BYTES, f"{free / 1e9:.1f} GB free at {place}")


def _credentials(data_dir: Path) -> Finding:
    path = data_dir / CREDENTIALS_FILE
    if not path.exists():
        return Finding("credentials", True, f"none yet: the first start writes {path}")
    mode = path.stat().st_mode & 0o777
    return Finding("credentials", mode == 0o600, f"{path}, mode {mode:o}" + ("" if mode == 0o600 else ", expected 600"))


async def _storage(settings: MachineSettings, *, running: bool) -> list[Finding]:
    try:
        with operator_database(settings) as found:
            return await _look(found, running=running)
    except NoDatabase as error:
        return [Finding("database", True, f"none yet: {error}")]
    except (EmbeddedPostgresError, OSError) as error:
        return [Finding("database", False, str(error))]


async def _look(settings: MachineSettings, *, running: bool) -> list[Finding]:
    return [
        await _guarded("database", lambda: _database(settings.required_database_url)),
        await _guarded("log", lambda: _log(settings)),
        await _guarded("consumers", lambda: flow_examination.consumers(settings, running=running)),
        await _guarded("parked records", lambda: flow_examination.parked(settings)),
        await _guarded("outboxes", lambda: flow_examination.outboxes(settings, running=running)),
    ]


async def _streams(data_dir: Path, given_url: str | None, *, running: bool) -> list[Finding]:
    if not running or (credentials := read_credentials(data_dir)) is None:
        return []
    url = given_url or credentials["url"]
    return [await _guarded("streams", lambda: flow_examination.streams(url, credentials["apiKey"]))]


async def _guarded(what: str, look: Callable[[], Awaitable[tuple[bool, str]]]) -> Finding:
    try:
        with operator_errors():
            good, words = await look()
    except _NOT_SET_UP:
        return Finding(what, True, "nothing yet: `waymark setup` or the first start makes it")
    except (CommandFailed, OSError, WaymarkError, httpx.TransportError) as error:
        return Finding(what, False, str(error) or type(error).__name__)
    return Finding(what, good, words)


async def _database(url: str) -> tuple[bool, str]:
    async with connected_once(url, application_name="waymark-doctor") as connection:
        number = int(await connection.fetchval("SHOW server_version_num"))
        version = await connection.fetchval("SHOW server_version")
        may_create = await connection.fetchval(
            "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
    if number < _OLDEST_POSTGRES:
        return False, f"PostgreSQL {version}, expected 15 or newer"
    if not may_create:
        return False, f"PostgreSQL {version}, but the login may not create roles: give it CREATEROLE"
    return True, f"PostgreSQL {version}"


async def _log(settings: MachineSettings) -> tuple[bool, str]:
    async with opened_log(settings) as log:
        await log.check_topics(settings.manifest)
        name = "Kafka" if settings.kafka_bootstrap_servers else "PostgreSQL"
        return True, f"{name} log {await log.identity()}, every topic as declared"


async def _server(settings: MachineSettings, given_url: str | None) -> tuple[bool, str]:
    credentials = read_credentials(settings.data_dir)
    url = given_url or (credentials["url"] if credentials else None)
    if url is None:
        return True, "none expected: there was no first start yet"
    timeout = httpx.Timeout(_READY_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    try:
        async with httpx.AsyncClient(base_url=check_url(url), timeout=timeout) as client:
            response = await client.get("/readyz")
    except httpx.TransportError as error:
        return False, f"nothing answers at {url} ({type(error).__name__}): start it with `waymark up`"
    if not response.is_success:
        return False, f"{url} is not ready: {response.text.strip()}"
    return True, f"{url}: {response.text.strip()}"
