"""`waymark backup` and `waymark restore`: the database into a file, and out of one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from libs.lazy import lazy_imports
from waymark.commands.options import AsJson, DatabaseUrl, DataDir, Kafka

with lazy_imports():
    from waymark import console, operator, progress, settings
    from waymark.backup import archive, manifest, naming, restoring, taking


def backup(
    path: Annotated[Path, typer.Argument(help="The file to write, or a folder for one.", metavar="PATH")],
    with_secret_key: Annotated[
        bool, typer.Option("--with-secret-key", help="Put the secret key in as well: keep the backup as secret as it.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write a backup of the database while everything runs; nothing is stopped and nobody waits.

    It holds tenants, users, keys, definitions, numbers, read models and, where that lies in PostgreSQL, the log: all as
    they were at one moment. Without the secret key, which is left out unless it is asked for, stored secrets cannot be
    read again: keep that key beside the backups, in another place.
    """
    given = settings.read_settings(data_dir=data_dir, database_url=database_url)
    where = naming.path_of(path)
    with (
        operator.operator_errors(),
        operator.operator_database(given) as found,
        progress.progress_bar("backing up", counted="rows", hidden=as_json) as bar,
    ):
        made = asyncio.run(taking.take_backup(found, where, with_secret_key=with_secret_key, bar=bar))
        bar.of(made.rows, made.rows)
    _tell(made, where, as_json=as_json)
    if not (with_secret_key or as_json):
        console.warn(f"The secret key is not in it: keep {naming.place_of_key(given)} as well, in another place.")


def restore(
    path: Annotated[Path, typer.Argument(help="The backup.", metavar="PATH")],
    check: Annotated[bool, typer.Option("--check", help="Read all of it, restore nothing.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    kafka: Kafka = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into an empty database, or a new data directory; afterwards start as always.

    Roles and logins are made by setup, at the start. With Kafka, whose log is newer than the backup, run
    `waymark log adopt` before the start. A restore that was interrupted can be run again.
    """
    given = settings.read_settings(data_dir=data_dir, database_url=database_url, kafka_bootstrap_servers=kafka)
    with operator.operator_errors(), archive.opened_archive(path) as opened:
        made = opened.manifest
        manifest.refuse_newer(made)
        if not check:
            asyncio.run(restoring.refuse_another_log(given, made))
            restoring.refuse_another_key(given, made)
        with progress.progress_bar("checking", counted="rows", hidden=as_json) as bar:
            opened.verify(bar)
        if not check:
            _restore(given, opened, as_json=as_json)
    _tell(made, path, as_json=as_json)
    if not (check or as_json):
        console.print_plain(naming.next_steps(made))


def _restore(given: settings.MachineSettings, opened: archive.Archive, *, as_json: bool) -> None:
    with (
        operator.operator_database(given, create=True) as found,
        progress.progress_bar("restoring", counted="rows", hidden=as_json) as bar,
    ):
        bar.total(opened.manifest.bytes)
        refilled = asyncio.run(restoring.restore_backup(found, opened, bar))
    for model in refilled:
        console.warn(f"{model.service}.{model.name} is of another version: it is filled anew from the log at the start")


def _tell(made: manifest.Manifest, path: Path, *, as_json: bool) -> None:
    if as_json:
        console.print_json(_as_json(made, path))
        return
    rows = ", ".join(f"{count:,} {what}" for what, count in naming.contents(made).items())
    console.print_plain(f"{path}: {path.stat().st_size / 1e6:,.1f} MB, as of {made.taken_at}: {rows}")


def _as_json(made: manifest.Manifest, path: Path) -> dict[str, Any]:
    return {
        "path": str(path.absolute()),
        "bytes": path.stat().st_size,
        "takenAt": made.taken_at,
        "waymark": made.waymark,
        "format": made.format,
        "log": {"id": made.log.id, "inBackup": made.log.in_database},
        "rows": made.rows,
        "contents": naming.contents(made),
        "hasSecretKey": made.has_secret_key,
        "leftOut": list(made.left_out),
    }
