"""Opens the database for an operator's command: the one named, else the embedded one, started if it is not running."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import asyncpg

from libs.eventlog.errors import LogMismatch, LogUnavailable, ModelBehind
from libs.httpkit.errors import ApiError
from libs.objects.adoption import AdoptionRefused, OutdatedDatabase
from libs.pg.database import Database
from libs.pg.embedded import EmbeddedPostgres
from libs.pg.errors import PgError
from libs.pg.login_urls import UnknownLogin, url_as
from libs.pg.roles import projector_role
from libs.projections.operators.copy import CopyRefused
from libs.projections.operators.dead_letters import ReplayRefused
from libs.projections.operators.discarding import DiscardRefused
from libs.projections.operators.entering import ProjectorOf
from libs.projections.rebuild.requests import RebuildRefused
from libs.service.private_files import LOGINS_FILE
from libs.service.settings import SettingsInvalid
from libs.telemetry.logs import configure_logs
from waymark.errors import CommandFailed
from waymark.settings import MachineSettings


class NoDatabase(CommandFailed):
    """No database was found; the message says where it was looked for."""


# A database URL that names no database, no login or the wrong password is the caller's to mend.
_WRONG_URL = (
    asyncpg.ClientConfigurationError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
# What a newer Waymark has and the database does not, until a start or setup has made it.
NOT_SET_UP = (
    asyncpg.InvalidParameterValueError,  # a role
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedObjectError,
    asyncpg.UndefinedTableError,
)
SAID_AS_IT_IS = (
    AdoptionRefused,
    ApiError,
    CopyRefused,
    DiscardRefused,
    LogMismatch,
    LogUnavailable,
    ModelBehind,
    OutdatedDatabase,
    PgError,
    RebuildRefused,
    ReplayRefused,
    SettingsInvalid,
    UnknownLogin,
    *_WRONG_URL,
)


@contextmanager
def operator_errors() -> Iterator[None]:
    """Turn the errors of database, log, settings and services into CommandFailed."""
    try:
        yield
    except SAID_AS_IT_IS as error:
        raise CommandFailed(str(error) or type(error).__name__) from error
    except NOT_SET_UP as error:
        raise CommandFailed(
            f"the database is not set up for this version ({error}): start it once, or run `waymark setup`"
        ) from error


@contextmanager
def operator_database(settings: MachineSettings, *, create: bool = False) -> Iterator[MachineSettings]:
    """Yield the settings with the URL of a database that runs as long as the block.

    Raises NoDatabase when there is no embedded one, unless told to `create` it.
    """
    # Whatever is logged goes to standard error; standard output belongs to the command.
    configure_logs("waymark", level="ERROR")
    if settings.database_url is not None:
        yield settings
        return
    if running := EmbeddedPostgres.running_url(settings.data_dir):
        yield settings.with_database(running)
        return
    if not create and not (settings.data_dir / "postgres").exists():
        raise NoDatabase(
            f"no database: WAYMARK_DATABASE_URL is not set and {settings.data_dir} holds none;"
            " run where the data directory is, or give --data-dir"
        )
    with EmbeddedPostgres(settings.data_dir) as database:
        yield settings.with_database(database.url)


@asynccontextmanager
async def connected(settings: MachineSettings, *, projector_of: str | None = None) -> AsyncIterator[Database]:
    """Connect as the URL's login, which may act as a service's projector on its schema. Raises DatabaseUnavailable."""
    async with await _connect(settings.required_database_url, projector_of) as db:
        yield db


@asynccontextmanager
async def projectors(settings: MachineSettings) -> AsyncIterator[ProjectorOf]:
    """Yield what connects as each service's projector, with the service's own login where it has one."""
    opened: dict[str, Database] = {}
    async with AsyncExitStack() as stack:

        async def projector_of(service: str) -> Database:
            if service not in opened:
                connecting = await _connect(_url_of(settings, service), service)
                opened[service] = await stack.enter_async_context(connecting)
            return opened[service]

        yield projector_of


def _url_of(settings: MachineSettings, service: str) -> str:
    path = settings.data_dir / LOGINS_FILE
    if settings.database_logins_file is None and settings.database_logins and path.exists():
        return url_as(settings.required_database_url, service, path)
    return settings.url_as(service)


async def _connect(url: str, projector_of: str | None) -> Database:
    return await Database.connect(
        url,
        role=projector_role(projector_of) if projector_of else None,
        application_name="waymark-operator",
        search_path=(projector_of,) if projector_of else (),
        max_size=2,
        keep_statements=projector_of is None,
    )
