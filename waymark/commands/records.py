"""`waymark emit` and `waymark tail`: record one interaction, and follow them."""

from __future__ import annotations

import asyncio
from typing import Annotated

import orjson
import typer

from libs.contracts.times import format_time
from waymark.client import AsyncClient, Interaction
from waymark.client.filters import InteractionFilters
from waymark.commands.options import ApiKey, AsJson, DataDir, Url
from waymark.connection import resolve_connection
from waymark.console import as_json_value, console, print_json

_POLL_INTERVAL_S = 0.5


def emit(
    resource: Annotated[str, typer.Argument(help="The resource: TYPE:ID, as in ORDER:order-456.", metavar="TYPE:ID")],
    action: Annotated[str, typer.Argument(help="The action's mnemonic, as in CREATE.")],
    origin: Annotated[str, typer.Option("--origin", help="The origin's mnemonic.")] = "CLI",
    data: Annotated[str | None, typer.Option("--data", help="Free-form JSON for `interaction`.")] = None,
    reference: Annotated[str | None, typer.Option("--reference", help="The external reference.")] = None,
    user: Annotated[str | None, typer.Option("--user", help="Who did it.")] = None,
    uow: Annotated[str | None, typer.Option("--uow", help="The unit of work it belongs to.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="When it happened (RFC 3339). Default: now.")] = None,
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Record one interaction and print its number and id."""
    resource_type, separator, resource_id = resource.partition(":")
    if not separator:
        raise typer.BadParameter(f"{resource!r} has no colon, expected TYPE:ID", param_hint="resource")
    with resolve_connection(url, api_key, data_dir).blocking() as client:
        recorded = client.record(
            *(resource_id, resource_type, action, origin),
            interaction=_json(data),
            external_reference=reference,
            user_id=user,
            uow_id=uow,
            timestamp=at,
        )
    if as_json:
        print_json(as_json_value(recorded))
    else:
        console.print(f"#{recorded.number} {recorded.id} in {recorded.uow_id}")


def _json(text: str | None) -> object:
    if text is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"not JSON: {error}", param_hint="--data") from None


def tail(
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many past ones to begin with.", min=0, max=100)] = 10,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Go on with those that come.")] = True,
    resource_type: Annotated[str | None, typer.Option("--type", help="Only this resource type.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="Only this action.")] = None,
    origin: Annotated[str | None, typer.Option("--origin", help="Only this origin.")] = None,
    user: Annotated[str | None, typer.Option("--user", help="Only this user.")] = None,
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Print interactions in the order of their numbers, oldest first, until interrupted."""
    filters = _filters(resource_type, action, origin, user)
    client = resolve_connection(url, api_key, data_dir).asynchronous()
    asyncio.run(_tail(client, filters, lines, follow=follow, as_json=as_json))


def _filters(resource_type: str | None, action: str | None, origin: str | None, user: str | None) -> InteractionFilters:
    filters: InteractionFilters = {}
    if resource_type is not None:
        filters["resource_type"] = resource_type
    if action is not None:
        filters["action"] = action
    if origin is not None:
        filters["origin"] = origin
    if user is not None:
        filters["user_id"] = user
    return filters


async def _tail(client: AsyncClient, filters: InteractionFilters, lines: int, *, follow: bool, as_json: bool) -> None:
    async with client:
        newest = (await client.interactions.list(limit=max(lines, 1), **filters)).data
        last = newest[0].number if newest else 0
        for row in reversed(newest[:lines]):
            _show(row, as_json=as_json)
        while follow:
            await asyncio.sleep(_POLL_INTERVAL_S)
            for row in await _after(client, filters, last):
                _show(row, as_json=as_json)
                last = row.number


async def _after(client: AsyncClient, filters: InteractionFilters, last: int) -> list[Interaction]:
    """Read the interactions with a number over `last`, oldest first."""
    rows: list[Interaction] = []
    async for row in client.interactions.all(**filters):
        if row.number <= last:
            break
        rows.append(row)
    return rows[::-1]


def _show(row: Interaction, *, as_json: bool) -> None:
    if as_json:
        print_json(as_json_value(row))
        return
    what = f"{row.action} {row.resource_type}:{row.resource_id}"
    line = f"{row.number:>8} {format_time(row.created_date)} {what} by {row.user_id or '-'} ({row.origin})"
    console.print(line, markup=False, highlight=False, soft_wrap=True)
