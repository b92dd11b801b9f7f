"""Opens the database for an operator's command: the one named, else the embedded one, started if it is not running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from libs.eventlog.errors import LogMismatch, LogUnavailable
from libs.httpkit.errors import ApiError
from libs.pg.embedded import EmbeddedPostgres
from libs.pg.errors import PgError
from libs.projections.operators.copy import CopyRefused
from libs.projections.operators.dead_letters import ReplayRefused
from libs.projections.rebuild.requests import RebuildRefused
from waymark.errors import CommandFailed
from waymark.settings import read_settings


class NoDatabase(CommandFailed):
    """No database was found; the message says where it was looked for."""


# A database URL that names no database, no login or the wrong password is the caller's to mend.
_WRONG_URL = (
    asyncpg.ClientConfigurationError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
SAID_IN_ONE_LINE = (
    ApiError,
    CopyRefused,
    LogMismatch,
    LogUnavailable,
    PgError,
    RebuildRefused,
    ReplayRefused,
    *_WRONG_URL,
)


@contextmanager
def operator_errors() -> Iterator[None]:
    """Turn the errors of database, log and services into CommandFailed."""
    try:
        yield
    except SAID_IN_ONE_LINE as error:
        raise CommandFailed(str(error)) from error


@contextmanager
def operator_database(data_dir: Path | None, database_url: str | None = None) -> Iterator[str]:
    """Yield the URL of a database that runs as long as the block. Raises NoDatabase."""
    settings = read_settings(data_dir=data_dir, database_url=database_url)
    if settings.database_url is not None:
        yield settings.database_url
        return
    if running := EmbeddedPostgres.running_url(settings.data_dir):
        yield running
        return
    if not (settings.data_dir / "postgres").exists():
        raise NoDatabase(
            f"no database: WAYMARK_DATABASE_URL is not set and {settings.data_dir} holds none;"
            " run where the data directory is, or give --data-dir"
        )
    with EmbeddedPostgres(settings.data_dir) as database:
        yield database.url
