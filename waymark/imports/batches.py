"""Sends items to a bulk route, a few batches at a time, surviving a server that restarts meanwhile.

Every item carries its own id, so sending one again is harmless: a batch whose answer was lost, and items whose append
failed, are simply sent once more. Only what the server refused for good is given up, and it is told. Batches are done
in the order they were read in, and two that share a unit of work are never under way at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx
import msgspec
import stamina

from waymark.client.errors import problem_words
from waymark.errors import CommandFailed

BATCH_ITEMS = 1_000
BATCHES_IN_FLIGHT = 4
BATCH_BYTES = 2 * 1024 * 1024
ITEM_BYTES = 1024 * 1024
_ANY_ANSWER = "/healthz"
_NDJSON = "application/x-ndjson"
_ANSWERED = frozenset({200, 202, 422, 503})
_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_PATIENCE_S = 600.0
_KEPT_REJECTIONS = 100


@dataclass(frozen=True, slots=True)
class Destination:
    """A bulk route: what it records, where it is, what it takes, and where one record is read by its id.

    `is_array`: items are sent as a JSON array, which one that is no JSON would spoil; else as lines.
    """

    records: str
    path: str
    content_type: str
    one: str
    is_array: bool = False

    def body(self, lines: Sequence[bytes]) -> bytes:
        """The lines as one body."""
        return b"[%s]" % b",".join(lines) if self.is_array else b"\n".join(lines)


INTERACTIONS = Destination("interactions", "/api/interactions/batch", _NDJSON, "/api/interactions/")
EVENTS = Destination("events", "/api/v1/events", _NDJSON, "/api/v1/events/")
CLOUD_EVENTS = Destination(
    "events", "/api/v1/events", "application/cloudevents-batch+json", "/api/v1/events/", is_array=True
)


class ServerRefused(CommandFailed):
    """The server answered a whole batch with an error that sending again will not mend."""


class _Again(Exception):
    """Send again after a pause: the server is away, busy, or could not append some of the items."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line to send, where it came from (for messages), and the place to resume from once it is through.

    Items of one `unit` of work reach the log in their order; None is a unit of its own.
    """

    line: bytes
    origin: str
    resume: object = None
    unit: str | None = None


@dataclass(slots=True)
class Outcome:
    """What became of an import so far. `repeated` of the `accepted` items were there already."""

    read: int = 0
    accepted: int = 0
    repeated: int = 0
    rejected: int = 0
    rejections: list[tuple[str, str]] = field(default_factory=list)
    first_id: str | None = None
    records: str = INTERACTIONS.records

    @property
    def recorded(self) -> int:
        """How many records are new, as far as the server tells."""
        return self.accepted - self.repeated

    def reject(self, item: Item, reason: str) -> None:
        """Count an item that will not be sent again; the first hundred are kept with their reasons."""
        self.rejected += 1
        if len(self.rejections) < _KEPT_REJECTIONS:
            self.rejections.append((item.origin, reason))

    def add(self, other: Outcome) -> None:
        """Count what became of a later batch too."""
        self.read += other.read
        self.accepted += other.accepted
        self.repeated += other.repeated
        self.rejected += other.rejected
        self.rejections += other.rejections[: _KEPT_REJECTIONS - len(self.rejections)]
        self.first_id = self.first_id or other.first_id


def recorded_words(outcome: Outcome) -> str:
    """The outcome in one line: what is new, what was there already, what was refused."""
    repeated = f", {outcome.repeated:,} were there already" if outcome.repeated else ""
    recorded = f"{outcome.recorded:,} of {outcome.read:,} {outcome.records} recorded"
    return f"{recorded}{repeated}, {outcome.rejected:,} rejected"


class _ItemAnswer(msgspec.Struct, rename="camel"):
    index: int
    status: int
    id: str | None = None
    interaction_id: str | None = None
    error: dict[str, Any] | None = None


class _BatchAnswer(msgspec.Struct):
    items: list[_ItemAnswer]
    repeated: int = 0


async def send_all(
    client: httpx.AsyncClient,
    items: AsyncIterator[Item],
    *,
    done: Callable[[Outcome, object], None],
    waiting: Callable[[str], None] = lambda _: None,
    to: Destination = INTERACTIONS,
) -> Outcome:
    """Send every item; `done(outcome, resume)` follows each batch, with the last item's place to resume from.

    `waiting(why)` is called whenever a batch has to be sent again. Raises httpx.TransportError when the server is not
    there to begin with, ServerRefused when a batch is refused as a whole, or the server stays away for ten minutes.
    """
    await client.get(_ANY_ANSWER)
    outcome = Outcome(records=to.records)
    under_way: deque[_Sending] = deque()

    async def finish_first() -> None:
        first = under_way[0]
        outcome.add(await first.task)
        under_way.popleft()
        done(outcome, first.resume)

    try:
        async for batch in _batches(items):
            units = {item.unit for item in batch} - {None}
            while len(under_way) == BATCHES_IN_FLIGHT or any(units & sending.units for sending in under_way):
                await finish_first()
            under_way.append(_Sending(asyncio.create_task(_send(client, batch, waiting, to)), units, batch[-1].resume))
        while under_way:
            await finish_first()
    finally:
        for sending in under_way:
            sending.task.cancel()
        await asyncio.gather(*(sending.task for sending in under_way), return_exceptions=True)
    return outcome


class _Sending(NamedTuple):
    """A batch under way: its task, the units of work in it, and where to resume once it is through."""

    task: asyncio.Task[Outcome]
    units: set[str | None]
    resume: object


async def _batches(items: AsyncIterator[Item]) -> AsyncIterator[list[Item]]:
    """Items within the limits of a batch; a unit of work that would be cut begins the next, unless it is too large."""
    batch: list[Item] = []
    size = 0
    async for item in items:
        if batch and (len(batch) == BATCH_ITEMS or size + len(item.line) >= BATCH_BYTES):
            cut = _cut(batch, item.unit)
            yield batch[:cut]
            batch = batch[cut:]
            size = sum(len(kept.line) + 1 for kept in batch)
        batch.append(item)
        size += len(item.line) + 1
    if batch:
        yield batch


def _cut(batch: Sequence[Item], following: str | None) -> int:
    """How many items to send before the unit that goes on with the item after the batch."""
    end = len(batch)
    while end and following is not None and batch[end - 1].unit == following:
        end -= 1
    return end or len(batch)


async def _send(
    client: httpx.AsyncClient, batch: Sequence[Item], told: Callable[[str], None], to: Destination
) -> Outcome:
    outcome = Outcome(read=len(batch))
    sending = _Batch(client, outcome, batch, to)
    trouble = ""
    retries = stamina.retry_context(on=(_Again, httpx.TransportError), attempts=None, timeout=_PATIENCE_S, wait_max=5.0)
    try:
        async for attempt in retries:
            if attempt.num > 1:
                told(trouble)
            with attempt:
                try:
                    await sending.attempt()
                except (_Again, httpx.TransportError) as error:
                    trouble = str(error) or type(error).__name__
                    raise
    except (_Again, httpx.TransportError) as error:
        raise ServerRefused(f"the server did not accept for {_PATIENCE_S:.0f} s: {error}") from error
    return outcome


class _Batch:
    """The items of one batch that the server has not settled so far."""

    def __init__(self, client: httpx.AsyncClient, outcome: Outcome, items: Sequence[Item], to: Destination) -> None:
        self._client = client
        self._to = to
        self._outcome = outcome
        self._waiting = self._sendable(items)
        self._may_be_ours = False

    async def attempt(self) -> None:
        """Send what is not settled. Raises _Again or TransportError when some of it is to be sent again."""
        if not self._waiting:
            return
        body = self._to.body([item.line for item in self._waiting])
        headers = {"content-type": self._to.content_type}
        try:
            response = await self._client.post(self._to.path, content=body, headers=headers)
        except httpx.TransportError:
            # What is there at the next attempt may be what this one recorded.
            self._may_be_ours = True
            raise
        if response.status_code not in _ANSWERED or not _has_items(response):
            if response.status_code in _RETRIED:
                await asyncio.sleep(_retry_after_s(response))
                raise _Again(f"{response.status_code} {response.text[:200]}")
            raise ServerRefused(f"{response.status_code} {response.text[:500]}")
        self._settle(msgspec.json.decode(response.content, type=_BatchAnswer))
        if self._waiting:
            raise _Again(f"{len(self._waiting)} items could not be appended")

    def _sendable(self, items: Sequence[Item]) -> list[Item]:
        sendable = []
        for item in items:
            if len(item.line) > ITEM_BYTES:
                self._outcome.reject(item, f"{len(item.line)} bytes, over the limit of {ITEM_BYTES} for one record")
            elif self._to.is_array and not _is_json(item.line):
                self._outcome.reject(item, "no valid JSON")
            else:
                sendable.append(item)
        return sendable

    def _settle(self, answer: _BatchAnswer) -> None:
        again = []
        outcome = self._outcome
        for item in answer.items:
            sent = self._waiting[item.index]
            if item.status in _RETRIED:
                again.append(sent)
            elif item.status < 300:
                outcome.accepted += 1
                outcome.first_id = outcome.first_id or item.id or item.interaction_id
            else:
                outcome.reject(sent, problem_words(item.error or {"title": f"status {item.status}"}))
        outcome.repeated += 0 if self._may_be_ours else answer.repeated
        self._waiting = again


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _has_items(response: httpx.Response) -> bool:
    return b'"items"' in response.content


def _retry_after_s(response: httpx.Response) -> float:
    value = response.headers.get("retry-after", "")
    return min(float(value), 10.0) if value.isdigit() else 0.0
