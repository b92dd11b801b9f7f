"""Makes up a believable day of a small shop: orders, payments, invoices, sign-ins, more of them at noon, and the events
that they lead to.

The same day gives the same interactions and events with the same ids, so filling a server twice adds nothing.
"""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import msgspec

from libs.contracts.times import format_time
from waymark.client.asynchronous.driver import AsyncDriver
from waymark.client.asynchronous.events import AsyncEvents
from waymark.client.event_models import NewEvent
from waymark.imports.batches import send_all
from waymark.imports.items import ImportItem
from waymark.imports.places import BatchDone
from waymark.imports.report import ImportReport
from waymark.progress import Bar

DEMO_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:demo")
_CUSTOMERS = 400
_DAY_S = 86_400
_CURRENCIES = ("EUR", "EUR", "EUR", "USD", "GBP")
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class _Step:
    """One interaction of a visit, `after_s` after the one before."""

    after_s: float
    resource_type: str
    resource_id: str
    action: str
    origin: str
    data: dict[str, Any]


def day_of_traffic(day: date, visits: int) -> Iterator[dict[str, Any]]:
    """Yield the interactions of a day with this many visits, in the order of event time within each visit."""
    source = random.Random(day.toordinal())  # noqa: S311  # traffic, not secrets
    midnight = datetime.combine(day, time.min, tzinfo=UTC)
    moments = sorted(_busy_second(source) for _ in range(visits))
    for number, second in enumerate(moments):
        yield from _visit(source, midnight + timedelta(seconds=second), number)


def _busy_second(source: random.Random) -> float:
    """Draw a second of the day; noon and the evening are busy, the night is quiet."""
    while True:
        second = source.random() * _DAY_S
        hour = second / 3600
        busy = 0.1 + 0.9 * math.exp(-(((hour - 12) / 3) ** 2)) + 0.7 * math.exp(-(((hour - 20) / 2) ** 2))
        if source.random() < busy / 1.7:
            return second


def _visit(source: random.Random, at: datetime, number: int) -> Iterator[dict[str, Any]]:
    customer = f"customer-{min(int(source.paretovariate(1.1)), _CUSTOMERS)}"
    uow = uuid.uuid5(DEMO_NAMESPACE, f"{at.date()}:{number}")
    for index, step in enumerate(_steps(source, customer, f"{at:%Y%m%d}-{number}")):
        at += timedelta(seconds=step.after_s)
        yield {
            "interactionId": str(uuid.uuid5(uow, str(index))),
            "uowId": str(uow),
            "userId": customer,
            "resourceType": step.resource_type,
            "resourceId": step.resource_id,
            "action": step.action,
            "origin": step.origin,
            "interactionTimestamp": format_time(at),
            "interaction": step.data,
            "sequenceIndex": index,
        }


def _steps(source: random.Random, customer: str, number: str) -> Iterator[_Step]:
    origin = source.choices(("WEBAPP", "MOBILE", "API"), (6, 3, 1))[0]
    yield _Step(0, "USER", customer, "READ", origin, {"page": source.choice(("home", "offers", "search"))})
    if source.random() < 0.45:
        return
    total = round(source.lognormvariate(4, 0.7), 2)
    currency = source.choice(_CURRENCIES)
    order, payment = f"order-{number}", f"payment-{number}"
    items = source.randint(1, 6)
    data = {"total": total, "currency": currency, "items": items, "customerId": customer}
    yield _Step(source.uniform(20, 400), "ORDER", order, "CREATE", origin, data)
    yield _Step(source.uniform(1, 30), "PAYMENT", payment, "CREATE", "API", {"amount": total, "currency": currency})
    accepted = source.random() < 0.94
    outcome = {"status": "captured" if accepted else "declined", "amount": total}
    yield _Step(source.lognormvariate(0, 0.6), "PAYMENT", payment, "UPDATE", "API", outcome)
    if not accepted:
        yield _Step(source.uniform(1, 60), "ORDER", order, "DELETE", origin, {"reason": "payment declined"})
        return
    yield _Step(source.uniform(0.05, 0.4), "ORDER", order, "UPDATE", "API", {"status": "paid"})
    yield _Step(source.uniform(0.2, 2), "DOCUMENT", f"invoice-{number}", "CREATE", "API", {"pages": 1 + items // 4})


_LED_TO: Final = {
    ("ORDER", "CREATE", None): "order.placed",
    ("ORDER", "UPDATE", "paid"): "order.paid",
    ("ORDER", "DELETE", None): "order.cancelled",
    ("PAYMENT", "UPDATE", "captured"): "payment.captured",
    ("PAYMENT", "UPDATE", "declined"): "payment.declined",
    ("DOCUMENT", "CREATE", None): "invoice.sent",
}
"""The type of event by the resource type, the action and the status of the interaction that leads to it."""
_BY_SERVICE: Final = {"PAYMENT": "payments", "DOCUMENT": "billing"}


def events_of(interactions: Iterable[dict[str, Any]]) -> Iterator[NewEvent]:
    """Yield the events that interactions of the shop lead to, each caused by one of them."""
    for one in interactions:
        resource_type, data = one["resourceType"], one["interaction"]
        if (event_type := _LED_TO.get((resource_type, one["action"], data.get("status")))) is None:
            continue
        service = _BY_SERVICE.get(resource_type)
        yield NewEvent(
            event_type=event_type,
            resource_type=resource_type,
            resource_id=one["resourceId"],
            payload=data,
            actor_id=service or one["userId"],
            actor_type="service" if service else "user",
            correlation_id=one["uowId"],
            causation_id=one["interactionId"],
            occurred_at=one["interactionTimestamp"],
            id=str(uuid.uuid5(DEMO_NAMESPACE, f"{one['interactionId']} {event_type}")),
        )


async def demo_items(day: date, visits: int) -> AsyncIterator[ImportItem]:
    """Yield the day's interactions as items; the place to resume from is the number of items before."""
    for count, item in enumerate(day_of_traffic(day, visits), start=1):
        yield ImportItem(_encoder.encode(item), origin=item["interactionId"], resume=count, unit=item["uowId"])


async def fill(driver: AsyncDriver, visits: int, bar: Bar) -> ImportReport:
    """Send yesterday's interactions, showing how far that is, and then their events."""
    day = (datetime.now(UTC) - timedelta(days=1)).date()
    bar.total(sum(1 for _ in day_of_traffic(day, visits)))

    def show(report: ImportReport, _: BatchDone) -> None:
        bar.at(report.read, report.accepted)

    report = await send_all(driver, demo_items(day, visits), done=show, waiting=bar.waiting)
    await AsyncEvents(driver).record_many(events_of(day_of_traffic(day, visits)))
    return report
