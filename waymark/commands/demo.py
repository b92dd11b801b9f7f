"""`waymark demo`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from libs.lazy import lazy_imports
from waymark.commands.options import ApiKey, DataDir, Url

with lazy_imports():
    from waymark import connection, console, progress
    from waymark import demo as traffic


def demo(
    visits: Annotated[int, typer.Option("--visits", help="How many visits the day has.", min=1, max=1_000_000)] = 5_000,
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
) -> None:
    """Fill a running server with yesterday's traffic of a small shop. Doing it twice adds nothing."""
    found = connection.resolve_connection(url, api_key, data_dir)
    with progress.progress_bar("a day of traffic") as bar:
        report = asyncio.run(traffic.fill(found, visits, bar))
    console.print_plain(str(report))
