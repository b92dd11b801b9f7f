"""The answers of recording routes; for several items there is one status each, and one for them all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import orjson

from libs.eventlog.port import Appended
from libs.httpkit.dialects import Dialect
from libs.httpkit.errors import RETRY_AFTER, ApiError
from libs.service.door import Answer
from services.gateway.recording.positions import WritePositions

_TURN_ITEMS = 2_000


class HasPlace(Protocol):
    """A record that is in the log."""

    @property
    def at(self) -> Appended:
        """Return the place in the log."""
        ...


A = TypeVar("A", bound=HasPlace)


@dataclass(frozen=True, slots=True)
class ItemAnswers(Generic[A]):
    """Answers for several items in the way of a family of routes.

    `status` is the answer's once an item is accepted. `accepted` writes an item's index and outcome as JSON, `refused`
    is the form of a refused one: index, status, error. `count` gives further counts of the accepted.
    """

    status: int
    dialect: Dialect
    accepted: Callable[[int, A], bytes]
    refused: bytes
    count: Callable[[Sequence[A]], Mapping[str, int]] = lambda _: {}

    async def answer(self, outcomes: Sequence[A | ApiError], positions: WritePositions) -> Answer:
        """Answer with one status for each outcome; when none is accepted 503 if one is for want of log or store, to be
        tried again when the one that asks for the longest pause may be.
        """
        accepted: list[A] = []
        items: list[bytes] = []
        pauses_s = [0]
        statuses: set[int] = set()
        for index, outcome in enumerate(outcomes):
            if isinstance(outcome, ApiError):
                error = self.dialect(outcome)
                statuses.add(error.status)
                pauses_s.append(int(outcome.headers.get(RETRY_AFTER, 0)))
                items.append(self.refused % (index, error.status, error.body))
            else:
                accepted.append(outcome)
                items.append(self.accepted(index, outcome))
            if index % _TURN_ITEMS == 0:
                await asyncio.sleep(0)
        counts = {"accepted": len(accepted), **self.count(accepted), "rejected": len(items) - len(accepted)}
        body = orjson.dumps({**counts, "items": orjson.Fragment(b"[%b]" % b",".join(items))})
        status = self.status if accepted or not items else 503 if 503 in statuses else 422
        retry_after = b"%d" % max(pauses_s) if status == 503 else None
        return Answer(status, body, positions.after(one.at for one in accepted), retry_after)
