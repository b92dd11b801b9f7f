"""A world on each log: in memory, in PostgreSQL, and on a real Kafka broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.support.kafka import new_topic_prefix
from tests.support.logs import started_log
from tests.support.projections import DEAD_LETTERS, TOPIC, World, opened_world

KAFKA = pytest.param("kafka", marks=pytest.mark.kafka)


@pytest.fixture(params=["memory", "postgres", KAFKA])
async def any_world(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[World]:
    """A world on each of the three logs."""
    async with AsyncExitStack() as stack:
        yield await _open(stack, request, database_url)


@pytest.fixture(params=["postgres", KAFKA])
async def shared_world(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[World]:
    """A world on each log that other processes can reach."""
    async with AsyncExitStack() as stack:
        yield await _open(stack, request, database_url)


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A world on a log in memory."""
    async with opened_world(database_url) as opened:
        yield opened


async def _open(stack: AsyncExitStack, request: pytest.FixtureRequest, database_url: str) -> World:
    kind: str = request.param
    address = database_url
    prefix = ""
    if kind == "kafka":
        address = request.getfixturevalue("kafka_bootstrap")
        prefix = new_topic_prefix()
    log = await stack.enter_async_context(started_log(kind, address, (TOPIC, DEAD_LETTERS), prefix=prefix))
    place = () if kind == "memory" else (kind, address, prefix)
    return await stack.enter_async_context(opened_world(database_url, log, place=place))
