"""Texts longer than an index entry can hold are found and shown like any others."""

from __future__ import annotations

import random

import pytest

from tests.support.queries.history import World
from tests.support.queries.serving import LIST, Service, running
from tests.support.records import interaction

LONG = "".join(random.Random(3).choices([chr(code) for code in range(0x1F300, 0x1F600)], k=3_000))
FIELDS = {
    "resourceId": "resource_id",
    "userId": "user_id",
    "externalReference": "external_reference",
    "uowId": "uow_id",
}


@pytest.mark.parametrize("field", FIELDS)
async def test_a_long_text_is_found_whole(world: World, field: str) -> None:
    async with running(world) as service:
        await check(service, field, LONG[:500])


@pytest.mark.parametrize("field", FIELDS)
async def test_a_text_that_looks_like_a_key_is_not_taken_for_one(world: World, field: str) -> None:
    async with running(world) as service:
        await check(service, field, "\x01" + "0" * 64)


async def check(service: Service, field: str, text: str) -> None:
    """Record one with the text and one with a text almost the same; each is found by its own, and shown whole."""
    other = text[:-1] + "x"
    await service.record(interaction(1, **{FIELDS[field]: text}))
    position = await service.record(interaction(2, **{FIELDS[field]: other}))
    for number, wanted in ((1, text), (2, other)):
        answer = await service.get_after(position, LIST, params={field: wanted})
        assert answer["pagination"]["total"] == 1
        [item] = answer["data"]
        assert (item["interactionNumber"], item[field]) == (number, wanted)
        single = await service.get_after(position, f"{LIST}/{item['interactionId']}")
        assert single[field] == wanted
