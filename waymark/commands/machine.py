"""`waymark up` and `waymark setup`: the single machine, and the one-shot that prepares a database and a log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from libs.lazy import lazy_imports
from waymark.commands.options import DatabaseUrl, DataDir, Host, Kafka, Port

with lazy_imports():
    from libs.telemetry import logs
    from waymark import cluster_secrets, machine, settings


def up(
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
    database_url: DatabaseUrl = None,
    kafka: Kafka = None,
) -> None:
    """Run everything on this machine, in the foreground, until interrupted."""
    logs.configure_logs("waymark")
    machine.run(
        settings.read_settings(
            data_dir=data_dir, host=host, port=port, database_url=database_url, kafka_bootstrap_servers=kafka
        )
    )


def setup(data_dir: DataDir = None, database_url: DatabaseUrl = None, kafka: Kafka = None) -> None:
    """Make topics, roles, schemas, the first tenant and credentials.json; safe to run again."""
    logs.configure_logs("waymark")
    found = settings.read_settings(data_dir=data_dir, database_url=database_url, kafka_bootstrap_servers=kafka)
    if found.database_url is None:
        raise typer.BadParameter("setup needs a database: --database-url or WAYMARK_DATABASE_URL")
    machine.set_up(found)


def secrets(
    into: Annotated[Path, typer.Argument(help="The folder of the folders.", metavar="FOLDER")],
    data_dir: DataDir = None,
    owner_password: Annotated[
        str | None,
        typer.Option(envvar="POSTGRES_PASSWORD", help="Of a database that is there already; made up by default."),
    ] = None,
) -> None:
    """Write the secrets of an installation of several containers, a folder for each; those there stay."""
    cluster_secrets.write_secrets(
        settings.read_settings(data_dir=data_dir), into, owner_password=owner_password or None
    )
