"""A shop's last two days for the console to show: something of every kind, small, with failures in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from libs.contracts.times import format_time
from tests.support.console.objects import RUN, Made, counted, define
from tests.support.gateway.otlp_messages import span, spans_request
from tests.support.monitoring.defining import create
from tests.support.monitoring.rules import create_rule
from tests.support.sending import EVENTS_URL, INTERACTIONS_URL, send_items
from tests.support.waiting import eventually
from waymark.demo import day_of_traffic

CHECKOUT = "Checkout"
TRACE = "0af7651916cd43dd8448eb211c80319c"
"""A trace of spans: one failed, one lacks its parent."""
PARALLEL = "parallel-1"
"""A unit of work of records that are no spans, two of them at the same time."""
_IDS = uuid.UUID("3f0c1f7e-35f5-4c3c-9a47-6b7e1a0f6c11")
_VISITS = 60
_PARCELS = 20
_STEPS: Any = [{"name": "ORDER.CREATE"}, {"name": "PAYMENT.UPDATE"}, {"name": "ORDER.UPDATE"}]
_LIMITS = {"uptimeLowerLimitInMs": 10_000, "uptimeMidLimitInMs": 20_000, "uptimeUpperLimitInMs": 30_000}


@dataclass(frozen=True, slots=True)
class Shown(Made):
    """Names from the data by which addresses of details are made."""

    interaction: str
    number: int
    uow: str
    resource: str
    event: str
    trace: str = TRACE
    parallel: str = PARALLEL
    critical: str = CHECKOUT


async def fill(client: httpx.AsyncClient, now: datetime) -> Shown:
    """Send everything as an administrator's `client`, and return once all of it can be read."""
    await create(client, CHECKOUT, events=_STEPS, thresholdInMs=60_000, **_LIMITS)
    await create_rule(client, "Checkouts fail", metric="errored", operator="GREATER_THAN_EQUAL", threshold=0)
    made = await define(client)
    interactions, events, spans = [*_traffic(now), *_parallel(now)], list(_parcels(now)), list(_spans(now))
    await send_items(client, INTERACTIONS_URL, interactions)
    await send_items(client, EVENTS_URL, events)
    await export(client, spans)
    await eventually(lambda: _is_whole(client, len(interactions) + RUN, len(spans)), timeout_s=60.0)
    await counted(client, made)
    order = next(one for one in interactions if one["resourceType"] == "ORDER")
    recorded = await _got(client, f"/api/interactions/{order['interactionId']}")
    return Shown(
        interaction=order["interactionId"],
        number=recorded["interactionNumber"],
        uow=order["uowId"],
        resource=order["resourceId"],
        event=events[-1]["id"],
        **asdict(made),
    )


def _traffic(now: datetime) -> Iterator[dict[str, Any]]:
    for day in (now.date() - timedelta(days=1), now.date()):
        for one in day_of_traffic(day, _VISITS):
            if one["interactionTimestamp"] <= format_time(now):
                yield one


def _parallel(now: datetime) -> Iterator[dict[str, Any]]:
    for number, after_ms in enumerate((0, 120, 120, 900)):
        yield {
            "interactionId": str(uuid.uuid5(_IDS, f"{PARALLEL} {number}")),
            "uowId": PARALLEL,
            "userId": "customer-1",
            "resourceType": "FILE",
            "resourceId": f"picture-{number}.png",
            "action": "ADDED",
            "origin": "CLI",
            "interactionTimestamp": format_time(now - timedelta(minutes=30) + timedelta(milliseconds=after_ms)),
            "interaction": {"bytes": 1024 * number, "tags": ["holiday", "beach"]},
            "sequenceIndex": number,
        }


def _parcels(now: datetime) -> Iterator[dict[str, Any]]:
    """Yield for each parcel what led to what, the last thing last."""
    for number in range(_PARCELS):
        at, cause = now - timedelta(hours=_PARCELS - number), None
        for step, event_type in enumerate(("order.placed", "parcel.packed", "parcel.shipped")):
            event_id = str(uuid.uuid5(_IDS, f"parcel {number} {step}"))
            yield {
                "id": event_id,
                "eventType": event_type,
                "resourceType": "ORDER",
                "resourceId": f"order-{number}",
                "actorId": f"packer-{number % 3}",
                "actorType": "user",
                "correlationId": f"parcel-{number}",
                "causationId": cause,
                "occurredAt": format_time(at + timedelta(minutes=step)),
                "payload": {"weightGrams": 200 + number, "step": step, "carrier": "DHL"},
            }
            cause = event_id


def _spans(now: datetime) -> Iterator[Span]:
    began = now - timedelta(minutes=5)
    failed = Status(code=Status.STATUS_CODE_ERROR, message="no address")
    yield _span(began, 1, None, "POST /checkout", 0, 480)
    yield _span(began, 2, 1, "reserve", 10, 60)
    yield _span(began, 3, 1, "payment", 60, 410)
    yield _span(began, 4, 3, "POST /charges", 80, 400)
    yield _span(began, 5, 1, "mail", 420, 470, status=failed)
    yield _span(began, 6, 99, "audit", 430, 440)


def _span(began: datetime, number: int, parent: int | None, name: str, from_ms: int, to_ms: int, **more: Any) -> Span:
    start, end = (int((began + timedelta(milliseconds=ms)).timestamp() * 1000) * 1_000_000 for ms in (from_ms, to_ms))
    above = {} if parent is None else {"parent_span_id": parent.to_bytes(8, "big")}
    times = {"start_time_unix_nano": start, "end_time_unix_nano": end}
    return span(f"{number:016x}", TRACE, name=name, **times, **above, **more)


async def export(client: httpx.AsyncClient, spans: Sequence[Span]) -> None:
    """Send spans in one request."""
    content = spans_request(*spans).SerializeToString()
    answer = await client.post("/v1/traces", content=content, headers={"content-type": "application/x-protobuf"})
    assert answer.status_code == 200, answer.text


async def _is_whole(client: httpx.AsyncClient, interactions: int, spans: int) -> bool:
    listed = await _got(client, "/api/interactions")
    events = await _got(client, "/api/v1/events", correlation_id=f"parcel-{_PARCELS - 1}")
    trace = await _got(client, f"/api/traces/{TRACE}/summary")
    results = await _got(client, f"/v1/interactions/{CHECKOUT}/results")
    counted = listed["pagination"]["total"], events["total"], trace["totalEvents"]
    return counted == (interactions, 3, spans) and bool(results["data"]["results"])


async def _got(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()
