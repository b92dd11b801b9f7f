"""Walks every writing route of a service and looks at the platform events that each one leaves in the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from libs.contracts.envelope import Envelope, decode_headers
from libs.contracts.resource_types import PLATFORM_TYPES
from libs.contracts.topics import EVENTS
from libs.eventlog.memory import MemoryEventLog
from tests.support.waiting import eventually

WRITING = {"post", "put", "patch", "delete"}
TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACED = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}

Step = tuple[Callable[[], Awaitable[httpx.Response]], list[str]]
"""A request, and the types of the events it must leave, in order."""


def writing_routes(openapi: Mapping[str, Any], under: str = "") -> set[tuple[str, str]]:
    """The writing routes of an OpenAPI document whose paths begin so, as (method, path)."""
    return {
        (method, path)
        for path, methods in openapi["paths"].items()
        for method in methods
        if method in WRITING and path.startswith(under)
    }


def events_of(log: MemoryEventLog) -> list[Envelope]:
    """Every event in the log; those of one object in their order."""
    return [
        decode_headers(record.headers)
        for place, partition in sorted(log.broker.partitions.items())
        for record in partition.records
        if place.topic == EVENTS.name
    ]


def uncorrelated(log: MemoryEventLog) -> list[str]:
    """The types of the events that no correlation ties to what they came of; there may be none."""
    return [envelope.type for envelope in events_of(log) if not envelope.correlation_id]


async def assert_leaves_its_events(log: MemoryEventLog, step: Step) -> list[Envelope]:
    """Take the step; its events come in the trace's correlation, each with its actor and a known kind of object."""
    request, expected = step
    before = {envelope.id for envelope in events_of(log)}
    answer = await request()
    assert answer.is_success, answer.text

    def new() -> list[Envelope]:
        traced = [envelope for envelope in events_of(log) if envelope.correlation_id == TRACE]
        return [envelope for envelope in traced if envelope.id not in before]

    await eventually(lambda: len(new()) >= len(expected))
    found = new()
    assert sorted(envelope.type for envelope in found) == sorted(expected)
    for envelope in found:
        assert envelope.resource_type in PLATFORM_TYPES
        assert envelope.type.startswith(f"{envelope.resource_type}.")
        assert envelope.actor_id
        assert envelope.actor_type in {"user", "api_key"}
    return found
