"""Follows a tenant's interactions in the order of their numbers, by asking again, and its events, by their stream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from difflib import get_close_matches
from typing import TypedDict

from libs.contracts.times import format_time
from waymark import console
from waymark.client import AsyncClient, CatalogItem, Event, Interaction
from waymark.client.filters import InteractionFilters
from waymark.client.positions import After
from waymark.connection import Connection
from waymark.errors import CommandFailed

_POLL_INTERVAL_S = 0.5
_MOST_NAMES = 12


class EventFilters(TypedDict, total=False):
    """The filters that both the list of events and their stream have."""

    event_type: str
    resource_type: str
    resource_id: str
    actor_id: str
    correlation_id: str


def interaction_filters(
    *, resource_type: str | None, action: str | None, origin: str | None, user_id: str | None
) -> InteractionFilters:
    """Return the filters that are not None."""
    filters: InteractionFilters = {}
    if resource_type is not None:
        filters["resource_type"] = resource_type
    if action is not None:
        filters["action"] = action
    if origin is not None:
        filters["origin"] = origin
    if user_id is not None:
        filters["user_id"] = user_id
    return filters


def event_filters(
    *, event_type: str | None, resource: tuple[str, str] | None, actor_id: str | None, correlation_id: str | None
) -> EventFilters:
    """Return the filters that are not None; a resource is its type and id."""
    filters: EventFilters = {}
    if event_type is not None:
        filters["event_type"] = event_type
    if resource is not None:
        filters["resource_type"], filters["resource_id"] = resource
    if actor_id is not None:
        filters["actor_id"] = actor_id
    if correlation_id is not None:
        filters["correlation_id"] = correlation_id
    return filters


async def tail_interactions(
    connection: Connection, filters: InteractionFilters, lines: int, *, follow: bool, as_json: bool
) -> None:
    """Print the last `lines` interactions, oldest first, and with `follow` those that come.

    Raises CommandFailed for a filter that names nothing of the catalog and finds nothing.
    """
    async with connection.asynchronous() as client:
        newest = (await client.interactions.list(limit=max(lines, 1), **filters)).data
        connection.answered()
        if not newest:
            await _refuse_unknown_names(client, filters)
        last = newest[0].number if newest else 0
        for row in reversed(newest[:lines]):
            _show_interaction(row, as_json=as_json)
        while follow:
            await asyncio.sleep(_POLL_INTERVAL_S)
            for row in await _after(client, filters, last):
                _show_interaction(row, as_json=as_json)
                last = row.number


async def tail_events(
    connection: Connection, filters: EventFilters, lines: int, *, follow: bool, as_json: bool
) -> None:
    """Print the last `lines` events, oldest first, and with `follow` those that come."""
    async with connection.asynchronous() as client:
        if not follow:
            await _show_last_events(client, filters, lines, as_json=as_json)
            return
        # The list shows all from before the stream, so that nothing falls between the two.
        async with client.events.stream(**filters) as stream:
            connection.answered()
            shown = await _show_last_events(client, filters, lines, after=stream, as_json=as_json)
            async for event in stream:
                if event.id not in shown:
                    _show_event(event, as_json=as_json)


async def _refuse_unknown_names(client: AsyncClient, filters: InteractionFilters) -> None:
    """Raise CommandFailed for a mnemonic that the catalog lacks, with those that are like it."""
    asked = (
        ("resource type", filters.get("resource_type"), client.resource_types.list),
        ("action", filters.get("action"), client.actions.list),
        ("origin", filters.get("origin"), client.origins.list),
    )
    for kind, mnemonic, read in asked:
        if mnemonic is not None:
            await _refuse_unknown_name(kind, mnemonic, read)


async def _refuse_unknown_name(kind: str, mnemonic: str, read: Callable[[], Awaitable[list[CatalogItem]]]) -> None:
    names = {item.mnemonic.casefold(): item.mnemonic for item in await read()}
    if mnemonic.casefold() in names:
        return
    near = [names[name] for name in get_close_matches(mnemonic.casefold(), names)]
    hint = f"did you mean {', '.join(near)}?" if near else f"there are {_some(sorted(names.values()))}"
    raise CommandFailed(f"there is no {kind} {mnemonic!r}: {hint}")


def _some(names: list[str]) -> str:
    rest = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


async def _after(client: AsyncClient, filters: InteractionFilters, last: int) -> list[Interaction]:
    """Read the interactions with a number over `last`, oldest first."""
    rows: list[Interaction] = []
    async for row in client.interactions.all(**filters):
        if row.number <= last:
            break
        rows.append(row)
    return rows[::-1]


async def _show_last_events(
    client: AsyncClient, filters: EventFilters, lines: int, *, as_json: bool, after: After | None = None
) -> set[str]:
    """Print the last `lines` events, oldest first; returns their ids."""
    newest = (await client.events.list(limit=max(lines, 1), after=after, **filters)).events
    for event in reversed(newest[:lines]):
        _show_event(event, as_json=as_json)
    return {event.id for event in newest[:lines]}


def _show_interaction(row: Interaction, *, as_json: bool) -> None:
    if as_json:
        console.print_json(console.as_json_value(row))
        return
    what = f"{row.action} {row.resource_type}:{row.resource_id}"
    line = f"{row.number:>8} {format_time(row.created_date)} {what} by {row.user_id or '-'} ({row.origin})"
    console.print_plain(line)


def _show_event(event: Event, *, as_json: bool) -> None:
    if as_json:
        console.print_json(console.as_json_value(event))
        return
    resource = f"{event.resource_type}:{event.resource_id}"
    console.print_plain(f"{format_time(event.occurred_at)} {event.event_type} {resource} by {event.actor_id or '-'}")
