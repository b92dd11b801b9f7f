"""`waymark demo`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from waymark.commands.options import ApiKey, DataDir, Url
from waymark.connection import Connection, resolve_connection
from waymark.console import Bar, console, progress_bar
from waymark.demo import day_of_traffic, demo_items
from waymark.imports.batches import send_all
from waymark.imports.report import ImportReport


def demo(
    visits: Annotated[int, typer.Option("--visits", help="How many visits the day has.", min=1, max=1_000_000)] = 5_000,
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
) -> None:
    """Fill a running server with yesterday's traffic of a small shop. Doing it twice adds nothing."""
    connection = resolve_connection(url, api_key, data_dir)
    with progress_bar("a day of traffic") as bar:
        report = asyncio.run(_fill(connection, visits, bar))
    console.print(str(report))


async def _fill(connection: Connection, visits: int, bar: Bar) -> ImportReport:
    day = (datetime.now(UTC) - timedelta(days=1)).date()
    bar.total(sum(1 for _ in day_of_traffic(day, visits)))

    def show(report: ImportReport, _: object) -> None:
        bar.at(report.read, report.accepted)

    async with connection.importing() as driver:
        return await send_all(driver, demo_items(day, visits), done=show, waiting=bar.waiting)
