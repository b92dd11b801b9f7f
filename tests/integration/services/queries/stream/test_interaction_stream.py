"""Streams of interactions over HTTP: of the same form as those of events, over another topic."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.contracts.topics import INTERACTIONS
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import TopicPartition
from libs.service.sse import event_id
from tests.support.listening import event_source
from tests.support.queries.streaming import INTERACTION_STREAM, Site, made, opened_site
from tests.support.records import catalog_records, interaction
from tests.support.waiting import eventually


@pytest.fixture
async def site(service_url: str) -> AsyncIterator[Site]:
    async with opened_site(service_url) as opened:
        await opened.append_records(*catalog_records("default"))
        yield opened


@pytest.fixture
async def url(site: Site) -> AsyncIterator[str]:
    async with site.serving(INTERACTION_STREAM) as address:
        yield address


def numbers(shown: list[dict[str, Any]]) -> list[int]:
    return [one["interactionNumber"] for one in shown]


async def test_an_interaction_is_sent_as_the_list_shows_it_and_once(site: Site, url: str) -> None:
    await site.record(*(interaction(number) for number in (1, 2, 1)))
    await site.record(interaction(1, "acme"), tenant_id="acme")
    async with event_source(url, site.keys["default"], **{"from": "beginning"}) as stream:
        first = await stream.take(2)
        assert sorted(numbers(first)) == [1, 2]
        assert (first[0]["resourceTypeMnemonic"], first[0]["interaction"]) == ("ORDER", {"total": 1})
        last_id = stream.last_id
    await site.record(interaction(2), interaction(3, action="DELETE"), interaction(4))
    async with event_source(url, site.keys["default"], last_id=last_id, action="delete") as stream:
        assert numbers(await stream.take(1)) == [3]
        await site.record(interaction(5), interaction(6, action="DELETE"))
        assert numbers(await stream.take(1)) == [6]
    async with event_source(url, site.keys["acme"], **{"from": "beginning"}) as stream:
        assert numbers(await stream.take(1)) == [1]


async def test_starts_that_there_are_not_are_refused(site: Site, url: str) -> None:
    async with event_source(url, site.keys["default"]) as stream:
        begun = await stream.opened()
    async with site.serving() as events_url, event_source(events_url, site.keys["default"]) as events:
        of_events = await events.opened()
    assert isinstance(site.log, MemoryEventLog)
    await site.record(*(interaction(number) for number in range(1, 20)))
    for place, end in (await site.log.end_offsets([INTERACTIONS])).items():
        site.log.broker.delete_before(TopicPartition(*place), end)
    for key, last_id, status in (
        ("", None, 401),
        (site.keys["default"], of_events, 400),
        (site.keys["default"], begun, 410),
    ):
        async with event_source(url, key, last_id=last_id) as stream:
            assert stream.response.status_code == status
            assert stream.response.headers["content-type"] == "application/problem+json"


async def test_streams_of_both_kinds_are_counted_together(site: Site) -> None:
    async with (
        site.serving(INTERACTION_STREAM, queries_streams_per_tenant_max=1) as url,
        event_source(url, site.keys["default"]) as stream,
    ):
        await stream.opened()
        events_url = url.replace(INTERACTION_STREAM, "/api/v1/events/stream")

        async def is_refused() -> bool:
            async with event_source(events_url, site.keys["default"]) as other:
                return other.response.status_code == 503

        await eventually(is_refused)
        # What is appended to the other topic moves neither the stream nor its place.
        await site.append(made(1))
        await site.record(interaction(1))
        assert numbers(await stream.take(1)) == [1]
        ends = await site.log.end_offsets([INTERACTIONS])
        assert stream.last_id == event_id(await site.log.identity(), ends)
