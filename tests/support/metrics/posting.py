"""Random records on their way into the product, some alone and most in batches, and when each was accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import httpx

from tests.support.metrics.posted import EVENT, INTERACTION, Posted, ms_of
from tests.support.metrics.random_records import RandomRecords
from tests.support.sending import EVENTS_URL, INTERACTIONS_URL, send_items, send_one
from tests.support.waiting import eventually

_ONE_URL = "/api/interactions"
_BATCH = 50


async def post(client: httpx.AsyncClient, records: Sequence[Posted]) -> None:
    """Send records, those of each kind in one batch, in their order."""
    for url, kind in ((INTERACTIONS_URL, INTERACTION), (EVENTS_URL, EVENT)):
        if items := [record.body for record in records if record.kind == kind]:
            await send_items(client, url, items)


async def post_one(client: httpx.AsyncClient, record: Posted) -> None:
    """Send a record by itself; what an interaction has in its item of a batch is in headers then."""
    if record.kind == EVENT:
        await send_one(client, EVENTS_URL, record.body, {})
        return
    body = dict(record.body)
    named = {"x-uowid": "uowId", "x-userid": "userId", "x-interaction-timestamp": "interactionTimestamp"}
    headers = {header: value for header, name in named.items() if (value := body.pop(name, None)) is not None}
    await send_one(client, _ONE_URL, body, headers)


async def post_at_random(
    client: httpx.AsyncClient, records: RandomRecords, count: int, posted: Callable[[list[Posted]], None]
) -> None:
    """Send so many random records; `posted` is told of those that were acknowledged."""
    while count > 0:
        batch = [records.record() for _ in range(min(count, records.source.randrange(1, _BATCH)))]
        count -= len(batch)
        if len(batch) == 1 and str(batch[0].body.get("userId")).isascii():
            await post_one(client, batch[0])
        else:
            await post(client, batch)
        posted(batch)


async def post_rewritten(client: httpx.AsyncClient, records: RandomRecords, count: int) -> list[Posted]:
    """Send so many events, and then each again under its id with another content, in the order of the log."""
    events = [records.event() for _ in range(count)]
    again = [records.rewritten(one) for one in events]
    await post(client, events)
    await post(client, again)
    return events + again


async def with_accept_times(client: httpx.AsyncClient, records: Sequence[Posted]) -> list[Posted]:
    """Return the records in their order, those without a time of their own with the one of their acceptance."""
    found: dict[tuple[str, str], int] = {}
    for record in records:
        if record.has_own_time or (record.kind, record.id) in found:
            continue
        found[record.kind, record.id] = await eventually(partial(_accepted_ms, client, record), timeout_s=60.0)
    return [replace(record, accepted_ms=found.get((record.kind, record.id), record.accepted_ms)) for record in records]


async def _accepted_ms(client: httpx.AsyncClient, record: Posted) -> int:
    path, name = (
        (f"/api/interactions/{record.id}", "createdDate")
        if record.kind == INTERACTION
        else (f"/api/v1/events/{record.id}", "occurredAt")
    )
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return ms_of(shown[name])
