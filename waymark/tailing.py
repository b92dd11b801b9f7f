"""Follows a tenant's interactions in the order of their numbers, by asking again."""

from __future__ import annotations

import asyncio

from libs.contracts.times import format_time
from waymark import console
from waymark.client import AsyncClient, Interaction
from waymark.client.filters import InteractionFilters

_POLL_INTERVAL_S = 0.5


def chosen(
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


async def tail(client: AsyncClient, filters: InteractionFilters, lines: int, *, follow: bool, as_json: bool) -> None:
    """Print the last `lines` interactions, oldest first, and with `follow` those that come."""
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
        console.print_json(console.as_json_value(row))
        return
    what = f"{row.action} {row.resource_type}:{row.resource_id}"
    line = f"{row.number:>8} {format_time(row.created_date)} {what} by {row.user_id or '-'} ({row.origin})"
    console.print_plain(line)
