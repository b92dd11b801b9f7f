"""Sends items to `POST /api/interactions/batch` in order, surviving a server that restarts meanwhile.

Every item carries its own id, so sending one again is harmless: a batch whose answer was lost, and items whose append
failed, are simply sent once more. Only what the server refused for good is given up, and it is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
import stamina

from waymark.errors import CommandFailed
from waymark.http import problem_words

BATCH_ITEMS = 1_000
BATCH_BYTES = 8 * 1024 * 1024
ITEM_BYTES = 1024 * 1024
_PATH = "/api/interactions/batch"
_ANY_ANSWER = "/healthz"
_NDJSON = {"content-type": "application/x-ndjson"}
_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_PATIENCE_S = 600.0
_KEPT_REJECTIONS = 100


class ServerRefused(CommandFailed):
    """The server answered a whole batch with an error that sending again will not mend."""


class _Again(Exception):
    """Send again after a pause: the server is away, busy, or could not append some of the items."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line to send, where it came from (for messages), and the place to resume from once it is through."""

    line: bytes
    origin: str
    resume: object = None


@dataclass(slots=True)
class Outcome:
    """What became of an import so far. `position` is the `Waymark-Position` of the last batch."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    rejections: list[tuple[str, str]] = field(default_factory=list)
    position: str | None = None
    first_id: str | None = None

    def reject(self, item: Item, reason: str) -> None:
        """Count an item that will not be sent again; the first hundred are kept with their reasons."""
        self.rejected += 1
        if len(self.rejections) < _KEPT_REJECTIONS:
            self.rejections.append((item.origin, reason))


class _ItemAnswer(msgspec.Struct, rename="camel"):
    index: int
    status: int
    interaction_id: str | None = None
    error: dict[str, Any] | None = None


class _BatchAnswer(msgspec.Struct):
    items: list[_ItemAnswer]


async def send_all(
    client: httpx.AsyncClient,
    items: AsyncIterator[Item],
    *,
    done: Callable[[Outcome, object], None],
    waiting: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Send every item; `done(outcome, resume)` follows each batch, with the last item's place to resume from.

    `waiting(why)` is called whenever a batch has to be sent again. Raises httpx.TransportError when the server is not
    there to begin with, ServerRefused when a batch is refused as a whole, or the server stays away for ten minutes.
    """
    await client.get(_ANY_ANSWER)
    outcome = Outcome()
    async for batch in _batches(items):
        outcome.read += len(batch)
        await _send(client, _sendable(batch, outcome), outcome, waiting)
        done(outcome, batch[-1].resume)
    return outcome


def _sendable(batch: Sequence[Item], outcome: Outcome) -> list[Item]:
    sendable = []
    for item in batch:
        if len(item.line) > ITEM_BYTES:
            outcome.reject(item, f"{len(item.line)} bytes, over the limit of {ITEM_BYTES} for one record")
        else:
            sendable.append(item)
    return sendable


async def _batches(items: AsyncIterator[Item]) -> AsyncIterator[list[Item]]:
    batch: list[Item] = []
    size = 0
    async for item in items:
        if batch and (len(batch) == BATCH_ITEMS or size + len(item.line) >= BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.line) + 1
    if batch:
        yield batch


async def _send(client: httpx.AsyncClient, batch: list[Item], outcome: Outcome, told: Callable[[str], None]) -> None:
    if not batch:
        return
    waiting, trouble = batch, ""
    retries = stamina.retry_context(on=(_Again, httpx.TransportError), attempts=None, timeout=_PATIENCE_S, wait_max=5.0)
    try:
        async for attempt in retries:
            if attempt.num > 1:
                told(trouble)
            with attempt:
                try:
                    waiting = await _attempt(client, waiting, outcome)
                    _require_none(waiting)
                except (_Again, httpx.TransportError) as error:
                    trouble = str(error) or type(error).__name__
                    raise
    except (_Again, httpx.TransportError) as error:
        raise ServerRefused(f"the server did not accept for {_PATIENCE_S:.0f} s: {error}") from error


def _require_none(waiting: list[Item]) -> None:
    if waiting:
        raise _Again(f"{len(waiting)} items could not be appended")


async def _attempt(client: httpx.AsyncClient, batch: list[Item], outcome: Outcome) -> list[Item]:
    """Send once; returns the items to send again."""
    body = b"\n".join(item.line for item in batch)
    response = await client.post(_PATH, content=body, headers=_NDJSON)
    if response.status_code not in {200, 422, 503} or not _has_items(response):
        if response.status_code in _RETRIED:
            await asyncio.sleep(_retry_after_s(response))
            raise _Again(f"{response.status_code} {response.text[:200]}")
        raise ServerRefused(f"{response.status_code} {response.text[:500]}")
    outcome.position = response.headers.get("waymark-position") or outcome.position
    return _settle(batch, msgspec.json.decode(response.content, type=_BatchAnswer), outcome)


def _has_items(response: httpx.Response) -> bool:
    return b'"items"' in response.content


def _settle(batch: list[Item], answer: _BatchAnswer, outcome: Outcome) -> list[Item]:
    again = []
    for item in answer.items:
        if item.status in _RETRIED:
            again.append(batch[item.index])
        elif item.status < 300:
            outcome.accepted += 1
            outcome.first_id = outcome.first_id or item.interaction_id
        else:
            outcome.reject(batch[item.index], problem_words(item.error or {"title": f"status {item.status}"}))
    return again


def _retry_after_s(response: httpx.Response) -> float:
    value = response.headers.get("retry-after", "")
    return min(float(value), 10.0) if value.isdigit() else 0.0
