"""Streams on each log, while servers come and go and appends are repeated: every event once, in order within its
correlation.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

import pytest

from tests.support.kafka import new_topic_prefix
from tests.support.listening import event_source
from tests.support.logs import EITHER_LOG
from tests.support.queries.streaming import Site, made, numbers, opened_site


@pytest.mark.parametrize("kind", EITHER_LOG)
async def test_nothing_is_lost_or_repeated_across_restarts(
    service_url: str, kind: str, request: pytest.FixtureRequest
) -> None:
    address = request.getfixturevalue("kafka_bootstrap") if kind == "kafka" else service_url
    prefix = new_topic_prefix() if kind == "kafka" else ""
    async with opened_site(service_url, kind, address, prefix) as site:
        await site.append(*(made(n) for n in range(40)), *(made(n, "acme") for n in range(7)))
        seen, last_id = await first_server(site)
        await site.append(*(made(n) for n in range(30)), *(made(n) for n in range(60, 100)))
        async with site.serving() as url:
            async with event_source(url, site.keys["default"], last_id=last_id) as stream:
                seen += await stream.take(47)
                await site.append(made(61), *(made(n) for n in range(100, 120)))
                seen += await stream.take(20)
                last_id = stream.last_id
            async with event_source(url, site.keys["default"], last_id=last_id) as stream:
                await site.append(made(119), made(120))
                seen += await stream.take(1)
    assert sorted(numbers(seen)) == list(range(121))
    check_order(seen)


async def first_server(site: Site) -> tuple[list[dict[str, Any]], str]:
    """Sixty events, of which 53 are read: some by the stream itself, some when it is level, over two connections.

    The server stops while a stream is open, which must not keep it.
    """
    seen: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        async with site.serving() as url:
            async with event_source(url, site.keys["default"], **{"from": "beginning"}) as stream:
                seen += await stream.take(13)
                last_id = stream.last_id
            async with event_source(url, site.keys["default"], last_id=last_id, **{"from": "beginning"}) as stream:
                seen += await stream.take(27)
                await site.append(*(made(n) for n in range(40, 60)))
                seen += await stream.take(13)
                last_id = stream.last_id
            opened = asyncio.Event()
            waiting = asyncio.create_task(until_ended(site, url, opened))
            await opened.wait()
        assert not (await waiting)
    return seen, last_id


async def until_ended(site: Site, url: str, opened: asyncio.Event) -> list[dict[str, Any]]:
    """What a stream without news sends until the server ends it: nothing."""
    async with event_source(url, site.keys["acme"]) as stream:
        await stream.opened()
        opened.set()
        return await stream.take(1)


def check_order(seen: list[dict[str, Any]]) -> None:
    """Within a correlation the numbers rise, as they were appended."""
    of_unit: dict[str, list[int]] = defaultdict(list)
    for event in seen:
        of_unit[event["correlationId"]].append(event["payload"]["n"])
    assert all(found == sorted(found) for found in of_unit.values())
