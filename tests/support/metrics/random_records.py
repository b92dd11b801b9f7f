"""Random records: both kinds, numbers and texts of many sorts, customers named in every way, times far and near."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.support.metrics.oracle import DAY_MS
from tests.support.metrics.posted import EVENT, INTERACTION, Posted, time_text

NUMBERS: Sequence[int | Decimal] = (
    *(0, 1, 5, -7, 17, 9_007_199_254_740_993, -(2**63), 2**63 - 1),
    *map(
        Decimal,
        ("0.1", "0.2", "0.10", "1.0", "-1.50", "1e2", "1e-9", "2.675", "123456789.000000001", "1e300", "-1e300"),
    ),
)
_NO_NUMBERS: Sequence[Any] = ("5", "", "DE", True, False, None, [], [1], {"a": 1})
COUNTRIES = ("DE", "FR", "A'T", "dé", "")
ACTIONS = ("CREATE", "DELETE", "READ", "create")
EVENT_TYPES = ("payment.settled", "Payment.Settled", "purchase", "create")
CUSTOMERS = ("ann", "bob", "17", "Ünal", "d/e %")


@dataclass
class RandomRecords:
    """Makes records of the same kinds again and again; their times lie around `now_ms`, or all on one UTC day."""

    source: random.Random
    now_ms: int
    customers: Sequence[str] = CUSTOMERS
    edges_ms: Sequence[int] = ()
    day_with_ms: int | None = None
    made: list[Posted] = field(default_factory=list)

    def record(self) -> Posted:
        """Return a record, sometimes a repeat of an earlier one."""
        if self.made and self.source.random() < 0.05:
            return self.source.choice(self.made)
        made = self._interaction() if self.source.random() < 0.6 else self.event()
        self.made.append(made)
        return made

    def rewritten(self, record: Posted) -> Posted:
        """Return another content under the id and the correlation of an event."""
        body = {**record.body, "payload": self._data(), "occurredAt": self._time() or time_text(self.now_ms)}
        return Posted(EVENT, record.id, body, self.now_ms)

    def _interaction(self) -> Posted:
        record_id = str(uuid.UUID(int=self.source.getrandbits(128), version=4))
        body: dict[str, Any] = {
            "interactionId": record_id,
            "resourceType": self.source.choice(("ORDER", "PAYMENT")),
            "resourceId": f"r-{self.source.randrange(3)}",
            "action": self.source.choice(ACTIONS),
            "origin": self.source.choice(("API", "WEBAPP")),
            "uowId": f"uow-{self.source.randrange(20)}",
            "userId": self._customer(),
            "interactionTimestamp": self._time(),
            "interaction": self.source.choice((self._data, self._data, self._data, self._no_object))(),
        }
        return Posted(INTERACTION, record_id, body, self.now_ms)

    def event(self) -> Posted:
        """Return an event."""
        record_id = str(uuid.UUID(int=self.source.getrandbits(128), version=4))
        body: dict[str, Any] = {
            "id": record_id,
            "eventType": self.source.choice(EVENT_TYPES),
            "resourceType": "ORDER",
            "resourceId": "11111111-1111-4111-8111-111111111111",
            "correlationId": f"uow-{self.source.randrange(20)}",
            "occurredAt": self._time(),
            "payload": self._data(),
        }
        if (actor := self._customer()) is not None:
            body |= {"actorId": actor, "actorType": self.source.choice(("user", "user", "service"))}
        return Posted(EVENT, record_id, body, self.now_ms)

    def _customer(self) -> str | None:
        return self.source.choice((*self.customers, None))

    def _time(self) -> str | None:
        """Return a time near an edge, near now, within a year, in the future, or as far away as may be."""
        if self.day_with_ms is not None:
            return time_text(self.day_with_ms // DAY_MS * DAY_MS + self.source.randrange(DAY_MS))
        edges = self.source.sample(self.edges_ms, min(3, len(self.edges_ms)))
        ms = self.source.choice(
            (
                *(edge + self.source.choice((-1, 0, 1)) for edge in edges),
                self.now_ms - self.source.randrange(10_000),
                self.now_ms - self.source.randrange(DAY_MS),
                self.now_ms - self.source.randrange(60 * DAY_MS),
                self.now_ms - self.source.randrange(60 * DAY_MS),
                self.now_ms - self.source.randrange(500 * DAY_MS),
                self.now_ms + self.source.randrange(40 * DAY_MS),
                self.source.choice((-62_135_596_800_000, -1, 0, 253_402_300_799_999)),
                None,
            )
        )
        return None if ms is None else time_text(ms)

    def _data(self) -> Mapping[str, Any]:
        choose = self.source.choice
        members: dict[str, Any] = {
            "country": choose(COUNTRIES),
            "n": self._any(),
            "value": self._any(),
            "purchase": self._any(),
            "flag": choose((True, False, None, "true")),
            "tags": choose(([], ["a", 1], ["b", Decimal("1.0")], "ab", None)),
            "a": choose(({"b": self._any()}, [self._any(), self._any()], 1, None)),
            "items": [{"price": self._any()} for _ in range(self.source.randrange(3))],
            "action": choose(("own", None)),
        }
        if self.source.random() < 0.3:
            members["customerId"] = choose((choose(self.customers), 17, 17, True, Decimal("1.5"), None, {}))
        return {name: value for name, value in members.items() if self.source.random() < 0.8}

    def _no_object(self) -> Any:
        return self.source.choice((None, "text", 5, [{"n": 1}, 2]))

    def _any(self) -> Any:
        return self.source.choice(NUMBERS) if self.source.random() < 0.8 else self.source.choice(_NO_NUMBERS)
