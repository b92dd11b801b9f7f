"""`waymark demo`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from libs.lazy import lazy_imports
from waymark.commands.options import ApiKey, DataDir, Url

with lazy_imports():
    from waymark import connection, console, demo_definitions, progress
    from waymark import demo as traffic


def demo(
    visits: Annotated[int, typer.Option("--visits", help="How many visits the day has.", min=1, max=1_000_000)] = 5_000,
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
) -> None:
    """Fill a running server with yesterday's traffic of a small shop. Doing it twice on a day adds nothing.

    Beside it come a critical interaction on that traffic with an objective and an alert rule, two metrics, and a
    workflow that is run three times. The first three want a login: that of the credentials.json which the key is from,
    or they are left out. What has the name of one of these is left as it is.
    """
    found = connection.resolve_connection(url, api_key, data_dir)

    async def fill(bar: progress.Bar) -> None:
        async with (
            found.importing() as driver,
            demo_definitions.opened_definitions(found, data_dir or connection.default_data_dir()) as definitions,
        ):
            await definitions.watch()
            report = await traffic.fill(driver, visits, bar)
            await definitions.count()
            await definitions.automate()
        console.print_plain(str(report))
        console.print_plain(str(definitions))

    with progress.progress_bar("a day of traffic") as bar:
        asyncio.run(fill(bar))
