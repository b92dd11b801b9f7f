"""Critical interactions whose bad results are more than half, then fewer, then more: figures that cross a threshold."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

from libs.background.waiting import wait_unless
from tests.support.monitoring.alert_recount import Counted
from tests.support.monitoring.flows import send
from tests.support.monitoring.plain_walk import Fact
from tests.support.records import now_ms

ERRORED, POOR = "errored", "Poor"
_STEPS: Mapping[str, Sequence[tuple[str, int]]] = {
    "Excellent": (("ORDER.CREATE", 50), ("ORDER.UPDATE", 25), ("ORDER.MODIFIED", 0)),
    POOR: (("ORDER.CREATE", 900), ("ORDER.UPDATE", 25), ("ORDER.MODIFIED", 0)),
    ERRORED: (("ORDER.CREATE", 50), ("ORDER.MODIFIED", 0)),
}
"""The records of a match of a kind, and how many milliseconds before its end each happened."""


class Sent(NamedTuple):
    """When a match's records were on their way."""

    first_ms: int
    acknowledged_ms: int


@dataclass
class Flapping:
    """The records of the users of one critical interaction, whose bad matches are all of one kind."""

    name: str
    bad: str
    source: random.Random
    facts: list[Fact] = field(default_factory=list)
    sent: dict[str, Sent] = field(default_factory=dict)
    _minute: int = 0
    _surplus: int = 0

    @property
    def definition(self) -> dict[str, Any]:
        """What is posted of the critical interaction, beside its name."""
        limits = {"uptimeLowerLimitInMs": 100, "uptimeMidLimitInMs": 200, "uptimeUpperLimitInMs": 300}
        ours = [{"name": "userId", "value": self.name, "operator": "EQUALS"}]
        events = [{"name": name, "props": ours} for name, _ in _STEPS["Excellent"]]
        return {"correlationProperty": "resourceId", "thresholdInMs": 60_000, **limits, "events": events}

    async def run(self, client: httpx.AsyncClient, over: asyncio.Event) -> None:
        """Send one burst after the other, each of which turns the minute's majority around."""
        while not over.is_set():
            await self._burst(client)
            await wait_unless(over, self.source.uniform(0.3, 2.0))

    async def _burst(self, client: httpx.AsyncClient) -> None:
        at_ms = now_ms()
        if at_ms // 60_000 != self._minute:
            self._minute, self._surplus = at_ms // 60_000, self.source.choice((-1, 0))
        is_bad, count = self._surplus <= 0, abs(self._surplus) + self.source.randint(1, 3)
        self._surplus += count if is_bad else -count
        matches = [f"{self.name} {len(self.sent) + number}" for number in range(count)]
        facts = [one for key in matches for one in self._match(key, self.bad if is_bad else "Excellent", at_ms)]
        await send(client, facts)
        self.facts += facts
        self.sent |= dict.fromkeys(matches, Sent(at_ms, now_ms()))

    def _match(self, key: str, kind: str, at_ms: int) -> Iterator[Fact]:
        for name, before_ms in _STEPS[kind]:
            yield Fact(name, at_ms - before_ms, key, {"resourceId": key, "userId": self.name})

    def counted(self, results: Iterable[Mapping[str, Any]]) -> list[Counted]:
        """Return the results of the critical interaction, given all of the log, each once."""
        found: dict[str, Counted] = {}
        for one in results:
            if one["name"] == self.name and one["id"] not in found:
                sent = self.sent[one["key"].removeprefix("resourceId:")]
                score = round((one["score"] or 0) * 1_000_000)
                found[one["id"]] = Counted(one["endedAt"], one["category"] or one["outcome"], score, *sent)
        return list(found.values())
