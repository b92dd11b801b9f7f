"""Sends items through the client, a few batches at a time, surviving a server that restarts meanwhile.

Every item carries its own id, so sending one again is harmless. Only what the server refused for good is given up, and
reported. Batches are done in the order they were read in; two that share a unit of work are never under way at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec

from waymark.client.asynchronous.driver import AsyncDriver
from waymark.client.delivery import deliver
from waymark.client.errors import ConnectionFailed, UnexpectedAnswer, WaymarkError
from waymark.client.outgoing import ITEM_BYTES, Outgoing
from waymark.errors import CommandFailed
from waymark.imports.items import INTERACTIONS, Destination, ImportItem
from waymark.imports.places import BatchDone
from waymark.imports.report import ImportReport

BATCH_ITEMS = 1_000
BATCHES_IN_FLIGHT = 4
BATCH_BYTES = 2 * 1024 * 1024


class ServerRefused(CommandFailed):
    """The server refused a whole batch, or did not take it in time."""


async def send_all(
    driver: AsyncDriver,
    items: AsyncIterator[ImportItem],
    *,
    done: Callable[[ImportReport, BatchDone], None],
    waiting: Callable[[str], None] = lambda _: None,
    to: Destination = INTERACTIONS,
) -> ImportReport:
    """Send every item; `done(report, batch)` follows each batch, in order.

    `waiting(why)` is called whenever items have to be sent again. Raises ServerRefused when a batch is refused as a
    whole, or not taken within the driver's deadline.
    """
    report = ImportReport(records=to.records)
    under_way: deque[_Sending] = deque()

    async def finish_first() -> None:
        first = under_way[0]
        batch = await first.task
        report.add(batch)
        under_way.popleft()
        done(report, BatchDone(first.resume, batch.rejected_items))

    try:
        async for batch in _batches(items):
            units = {item.unit for item in batch} - {None}
            while len(under_way) == BATCHES_IN_FLIGHT or any(units & sending.units for sending in under_way):
                await finish_first()
            task = asyncio.create_task(_send(driver, batch, waiting, to))
            under_way.append(_Sending(task, units, batch[-1].resume))
        while under_way:
            await finish_first()
    finally:
        for sending in under_way:
            sending.task.cancel()
        await asyncio.gather(*(sending.task for sending in under_way), return_exceptions=True)
    return report


class _Sending(NamedTuple):
    """A batch under way: its task, the units of work in it, and where to resume once it is through."""

    task: asyncio.Task[ImportReport]
    units: set[str | None]
    resume: object


async def _batches(items: AsyncIterator[ImportItem]) -> AsyncIterator[list[ImportItem]]:
    """Group items into batches; a unit of work that would be cut begins the next, unless it is larger than a batch."""
    batch: list[ImportItem] = []
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


def _cut(batch: Sequence[ImportItem], following: str | None) -> int:
    """Count the items before the unit of work `following`, which goes on after the batch; all if it fills the batch."""
    end = len(batch)
    while end and following is not None and batch[end - 1].unit == following:
        end -= 1
    return end or len(batch)


async def _send(
    driver: AsyncDriver, batch: Sequence[ImportItem], waiting: Callable[[str], None], to: Destination
) -> ImportReport:
    report = ImportReport(read=len(batch), records=to.records)
    is_repeated = False

    def on_retry(error: WaymarkError, _pause_s: float) -> None:
        nonlocal is_repeated
        if isinstance(error, UnexpectedAnswer):
            raise ServerRefused(str(error))
        is_repeated = is_repeated or isinstance(error, ConnectionFailed)
        waiting(str(error))

    retries = replace(driver.core.retries, on_retry=on_retry)
    ends = retries.clock() + retries.deadline_s
    outgoing = [Outgoing(item, item.line) for item in _sendable(batch, to, report)]
    result = await driver.drive(deliver(to.request, outgoing, retries, lambda: ends))
    if result.refusal is not None:
        raise ServerRefused(str(result.refusal))
    if result.unsent:
        raise ServerRefused(f"the server did not accept for {retries.deadline_s:.0f} s: {result.unsent[0].error}")
    report.add_result(result, may_repeat_itself=is_repeated)
    return report


def _sendable(items: Sequence[ImportItem], to: Destination, report: ImportReport) -> Iterator[ImportItem]:
    """Yield the items that a request can carry, and report the others."""
    for item in items:
        if len(item.line) > ITEM_BYTES:
            report.reject(item, f"{len(item.line)} bytes, over the limit of {ITEM_BYTES} for one record")
        elif to.is_array and not _is_json(item.line):
            report.reject(item, "no valid JSON")
        else:
            yield item


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
