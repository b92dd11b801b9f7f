"""The database an operator's command works with: the named one, the embedded one, which is started when need be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from libs.pg.embedded import EmbeddedPostgres
from waymark.settings import read_settings


class NoDatabase(Exception):
    """There is no database to work with; the message says where one was looked for."""


@contextmanager
def operator_database(data_dir: Path | None) -> Iterator[str]:
    """The database's URL while the block runs. Raises NoDatabase."""
    settings = read_settings(data_dir=data_dir)
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
