"""`waymark emit` and `waymark tail`: record one interaction, and follow them."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from libs.lazy import lazy_imports
from waymark.commands.options import ApiKey, AsJson, DataDir, Follow, Lines, Url, json_option, resource_named

with lazy_imports():
    from waymark import connection, console, tailing


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
    resource_type, resource_id = resource_named(resource)
    with connection.resolve_connection(url, api_key, data_dir).blocking() as client:
        recorded = client.record(
            *(resource_id, resource_type, action, origin),
            interaction=json_option(data),
            external_reference=reference,
            user_id=user,
            uow_id=uow,
            timestamp=at,
        )
    if as_json:
        console.print_json(console.as_json_value(recorded))
    else:
        console.print_plain(f"#{recorded.number} {recorded.id} in {recorded.uow_id}")


def tail(
    lines: Lines = 10,
    follow: Follow = True,
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
    filters = tailing.interaction_filters(resource_type=resource_type, action=action, origin=origin, user_id=user)
    server = connection.resolve_connection(url, api_key, data_dir)
    asyncio.run(tailing.tail_interactions(server, filters, lines, follow=follow, as_json=as_json))
