"""`waymark events emit` and `waymark events tail`: record one event, and follow them."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from libs.lazy import lazy_imports
from waymark.commands.options import ApiKey, AsJson, DataDir, Follow, Lines, Url, group, json_option, resource_named

with lazy_imports():
    from waymark import connection, console, tailing

app = group("Events: facts in the past tense, from producers and from Waymark itself.")


@app.command("emit")
def emit(
    event_type: Annotated[str, typer.Argument(help="What happened, as in order.shipped.", metavar="EVENT_TYPE")],
    resource: Annotated[str, typer.Argument(help="The resource: TYPE:ID, as in ORDER:order-456.", metavar="TYPE:ID")],
    data: Annotated[str | None, typer.Option("--data", help="The payload, a JSON object.")] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Who did it. Default: the key.")] = None,
    uow: Annotated[str | None, typer.Option("--uow", help="The unit of work it belongs to.")] = None,
    cause: Annotated[str | None, typer.Option("--cause", help="The id of the event that led to it.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="When it happened (RFC 3339). Default: now.")] = None,
    event_id: Annotated[str | None, typer.Option("--id", help="Its id, a UUID: recorded once, however often.")] = None,
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Record one event and print its id."""
    resource_type, resource_id = resource_named(resource)
    payload = json_option(data)
    if payload is not None and not isinstance(payload, dict):
        raise typer.BadParameter("a JSON object is expected", param_hint="--data")
    with connection.resolve_connection(url, api_key, data_dir).blocking() as client:
        recorded = client.events.record(
            *(event_type, resource_type, resource_id),
            payload=payload,
            actor_id=actor,
            correlation_id=uow,
            causation_id=cause,
            occurred_at=at,
            id=event_id,
        )
    if as_json:
        console.print_json(console.as_json_value(recorded))
    else:
        console.print_plain(recorded.id)


@app.command("tail")
def tail(
    lines: Lines = 10,
    follow: Follow = True,
    event_type: Annotated[str | None, typer.Option("--type", help="Only this event type.")] = None,
    resource: Annotated[
        str | None, typer.Option("--resource", help="Only this resource: TYPE:ID.", metavar="TYPE:ID")
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Only this actor.")] = None,
    uow: Annotated[str | None, typer.Option("--uow", help="Only this unit of work.")] = None,
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Print events as they are recorded, after the last ones by event time, until interrupted."""
    filters = tailing.event_filters(
        event_type=event_type,
        resource=resource_named(resource, hint="--resource") if resource else None,
        actor_id=actor,
        correlation_id=uow,
    )
    server = connection.resolve_connection(url, api_key, data_dir)
    asyncio.run(tailing.tail_events(server, filters, lines, follow=follow, as_json=as_json))
