"""A trace of ten thousand spans, as a service sends it by OpenTelemetry."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime

import httpx
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.console.data import export
from tests.support.gateway.otlp_messages import span
from tests.support.waiting import eventually

SPANS = 10_000
LARGE_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
_AT_ONCE = 2_500
_NAMES = ("GET /cart", "reserve", "SELECT items", "payment", "POST /charges", "mail", "render", "audit")


async def send_large_trace(client: httpx.AsyncClient, now: datetime) -> str:
    """Send the trace and return its id once all of it can be read."""
    spans = list(_spans(int(now.timestamp() * 1000) * 1_000_000 - 120 * 1_000_000_000))
    for first in range(0, SPANS, _AT_ONCE):
        await export(client, spans[first : first + _AT_ONCE])

    async def is_whole() -> bool:
        answer = await client.get(f"/api/traces/{LARGE_TRACE}/summary")
        return answer.is_success and answer.json()["totalEvents"] == SPANS

    await eventually(is_whole, timeout_s=60.0)
    return LARGE_TRACE


def _spans(start_ns: int) -> Iterator[Span]:
    """Yield a request and what it led to: each span begins within the one above it, one among the forty before it."""
    source = random.Random(11)
    began_ns = [start_ns]
    yield _span(0, None, "POST /import", start_ns, 100_000)
    for number in range(1, SPANS):
        parent = source.randrange(max(0, number - 40), number)
        at_ns = began_ns[parent] + source.randrange(1, 50) * 1_000_000
        began_ns.append(at_ns)
        yield _span(number, parent, source.choice(_NAMES), at_ns, source.randrange(5, 2_000))


def _span(number: int, parent: int | None, name: str, start_ns: int, duration_ms: int) -> Span:
    above = {} if parent is None else {"parent_span_id": _id(parent)}
    end_ns = start_ns + duration_ms * 1_000_000
    times = {"start_time_unix_nano": start_ns, "end_time_unix_nano": end_ns}
    return span(_id(number).hex(), LARGE_TRACE, name=name, **times, **above)


def _id(number: int) -> bytes:
    return (number + 1).to_bytes(8, "big")
