"""A world on each log: in memory, in PostgreSQL, and on a real Kafka broker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import pytest

from libs.contracts.topics import Topic
from libs.eventlog.port import EventLog
from tests.support.kafka import new_topic_prefix
from tests.support.logs import EITHER_LOG, started_log
from tests.support.projections import DEAD_LETTERS, TOPIC, World, opened_world
from tests.support.reactors import ECHOES, ActingWorld, opened_acting_world


@pytest.fixture(params=["memory", *EITHER_LOG])
async def any_world(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[World]:
    """A world on each of the three logs."""
    async with AsyncExitStack() as stack:
        yield await _open(stack, request, database_url)


@pytest.fixture(params=EITHER_LOG)
async def shared_world(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[World]:
    """A world on each log that other processes can reach."""
    async with AsyncExitStack() as stack:
        yield await _open(stack, request, database_url)


@pytest.fixture(params=["memory", *EITHER_LOG])
async def any_acting_world(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[ActingWorld]:
    """An acting world on each of the three logs."""
    async with AsyncExitStack() as stack:
        yield await _open_acting(stack, request, database_url)


@pytest.fixture(params=EITHER_LOG)
async def shared_acting_world(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[ActingWorld]:
    """An acting world on each log that other processes can reach."""
    async with AsyncExitStack() as stack:
        yield await _open_acting(stack, request, database_url)


@pytest.fixture
async def acting_world(database_url: str) -> AsyncIterator[ActingWorld]:
    """An acting world on a log in memory."""
    async with opened_acting_world(database_url) as opened:
        yield opened


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A world on a log in memory."""
    async with opened_world(database_url) as opened:
        yield opened


async def _open(stack: AsyncExitStack, request: pytest.FixtureRequest, database_url: str) -> World:
    log, place = await _log(stack, request, database_url, (TOPIC, DEAD_LETTERS))
    return await stack.enter_async_context(opened_world(database_url, log, place=place))


async def _open_acting(stack: AsyncExitStack, request: pytest.FixtureRequest, database_url: str) -> ActingWorld:
    log, place = await _log(stack, request, database_url, (TOPIC, DEAD_LETTERS, ECHOES))
    return await stack.enter_async_context(opened_acting_world(database_url, log, place=place))


async def _log(
    stack: AsyncExitStack, request: pytest.FixtureRequest, database_url: str, topics: Sequence[Topic]
) -> tuple[EventLog, tuple[str, ...]]:
    """A log of the kind asked for, and how other processes reach it."""
    kind: str = request.param
    address = database_url
    prefix = ""
    if kind == "kafka":
        address = request.getfixturevalue("kafka_bootstrap")
        prefix = new_topic_prefix()
    log = await stack.enter_async_context(started_log(kind, address, topics, prefix=prefix))
    return log, () if kind == "memory" else (kind, address, prefix)
