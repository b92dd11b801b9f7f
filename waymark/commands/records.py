"""`waymark emit` and `waymark tail`: one interaction in, and all of them as they come."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import httpx
import orjson
import typer

from waymark.commands.options import ApiKey, AsJson, DataDir, Url
from waymark.connection import resolve_connection
from waymark.console import console, print_json
from waymark.http import checked

_POLL_INTERVAL_S = 0.5
_PAGE = 100


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
    """Record one interaction and print what the server made of it."""
    resource_type, separator, resource_id = resource.partition(":")
    if not separator:
        raise typer.BadParameter(f"{resource!r} has no colon, expected TYPE:ID", param_hint="resource")
    body: dict[str, Any] = {
        "resourceType": resource_type,
        "resourceId": resource_id,
        "action": action,
        "origin": origin,
        "interaction": _json(data),
        "externalReference": reference,
    }
    headers = {"x-userid": user, "x-uowid": uow, "x-interaction-timestamp": at}
    present = {name: value for name, value in headers.items() if value is not None}
    with resolve_connection(url, api_key, data_dir).blocking_client() as client:
        recorded = checked(client.post("/api/interactions", json=body, headers=present)).json()
    if as_json:
        print_json(recorded)
    else:
        console.print(f"#{recorded['interactionNumber']} {recorded['interactionId']} in {recorded['uowId']}")


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
    filters = {"resourceType": resource_type, "action": action, "origin": origin, "userId": user}
    present = {name: value for name, value in filters.items() if value is not None}
    connection = resolve_connection(url, api_key, data_dir)
    asyncio.run(_tail(connection.client(), present, lines, follow=follow, as_json=as_json))


async def _tail(client: httpx.AsyncClient, filters: dict[str, str], lines: int, *, follow: bool, as_json: bool) -> None:
    async with client:
        newest = await _page(client, filters, {"limit": str(max(lines, 1))})
        last = newest[0]["interactionNumber"] if newest else 0
        for row in reversed(newest[:lines]):
            _show(row, as_json=as_json)
        while follow:
            await asyncio.sleep(_POLL_INTERVAL_S)
            for row in await _after(client, filters, last):
                _show(row, as_json=as_json)
                last = row["interactionNumber"]


async def _after(client: httpx.AsyncClient, filters: dict[str, str], last: int) -> list[dict[str, Any]]:
    """Everything numbered over `last`, oldest first."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        response = checked(
            await client.get("/api/interactions", params={**filters, **cursor, "limit": str(_PAGE)})
        ).json()
        fresh = [row for row in response["data"] if row["interactionNumber"] > last]
        found += fresh
        following = response["pagination"].get("nextCursor")
        if len(fresh) < len(response["data"]) or not fresh or following is None:
            return found[::-1]
        cursor = {"cursor": following}


async def _page(client: httpx.AsyncClient, filters: dict[str, str], paging: dict[str, str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = checked(await client.get("/api/interactions", params={**filters, **paging})).json()[
        "data"
    ]
    return rows


def _show(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    what = f"{row['actionMnemonic']} {row['resourceTypeMnemonic']}:{row['resourceId']}"
    line = (
        f"{row['interactionNumber']:>8} {row['createdDate']} {what} by {row['userId'] or '-'} ({row['originMnemonic']})"
    )
    console.print(line, markup=False, highlight=False, soft_wrap=True)
