"""`waymark doctor`: checks everything Waymark needs and says what is wrong, and what to do about it."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict

import typer

from libs.lazy import lazy_imports
from waymark.commands.options import AsJson, DatabaseUrl, DataDir, Kafka, Url

with lazy_imports():
    from waymark import console, examination, settings


def doctor(
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    kafka: Kafka = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Check Python, disk, database, log, server and the flow of records; exit code 1 when something will not do.

    A server is expected to run where --url or WAYMARK_URL says, else where the first start wrote that it does.
    """
    found = settings.read_settings(data_dir=data_dir, database_url=database_url, kafka_bootstrap_servers=kafka)
    findings = asyncio.run(examination.examine(found, url or os.environ.get("WAYMARK_URL")))
    if as_json:
        console.print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            _show(finding)
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


def _show(finding: examination.Finding) -> None:
    # None: in colour on a terminal.
    color = False if "NO_COLOR" in os.environ else None
    typer.secho("ok " if finding.good else "BAD", fg="green" if finding.good else "red", nl=False, color=color)
    console.print_plain(f" {finding.what}: {finding.words}")
