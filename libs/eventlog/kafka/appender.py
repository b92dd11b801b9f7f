"""Appends to Kafka through one session at a time, and opens a new one by itself when one broke.

While there is no session, an append is refused at once: the record is surely not in the log. A session of which a topic
refused records is replaced while it goes on: appends to that topic alone fail until then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

from libs.background.loops import Loop, Periodic, check_all
from libs.background.waiting import wait_unless
from libs.contracts.topics import MAX_RECORD_BYTES
from libs.eventlog.errors import AppendFailed, LogUnavailable
from libs.eventlog.header_codec import pack_headers
from libs.eventlog.kafka.session import Call, Lane, ProducerSession
from libs.eventlog.kafka.settings import KafkaSettings
from libs.eventlog.limits import record_bytes
from libs.eventlog.partitioner import partitions_of
from libs.eventlog.port import AppendOutcome, Record

_RETRY_INTERVAL_S = 0.25
_WATCH_INTERVAL_S = 0.1
_REPLACE_INTERVAL_S = 1.0

# A value and headers that are together below this need no exact count: keys are far from the rest.
_SURELY_SMALL_BYTES = MAX_RECORD_BYTES // 2


class Producer:
    """Appends records; safe for many tasks of one event loop."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._session: ProducerSession | None = None
        self._broken: ProducerSession | None = None
        self._replaced: list[ProducerSession] = []
        self._replace_at = 0.0
        self._absence = ""
        self._wanted = asyncio.Event()
        self._renewing = Loop(
            "producer sessions", self._renew_sessions, wake=self._wanted.set, grace_s=settings.request_timeout_s
        )
        self._watching = Periodic(
            "watch over acknowledgements", _WATCH_INTERVAL_S, self._answer_in_time, on_failure=self._answer_now
        )
        self._in_hand = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def start(self) -> None:
        """Open the first session. Raises LogUnavailable."""
        self._session = await ProducerSession.open(self._settings, self._on_broken)
        await self._renewing.start()
        await self._watching.start()

    async def stop(self) -> None:
        """Deliver what was handed over, as far as the delivery timeout allows, and let go; idempotent."""
        self._renewing.request_stop()
        await wait_unless(self._idle, self._settings.delivery_timeout_s)
        await self._watching.stop()
        await self._renewing.stop()
        sessions, self._session, self._replaced = [*self._replaced, self._session], None, []
        for session in sessions:
            if session is not None:
                await session.stop()

    async def check(self) -> str | None:
        """Return None while sessions are watched and renewed, else the reason."""
        return await check_all(self._renewing, self._watching)

    async def append(self, records: Sequence[Record]) -> list[AppendOutcome]:
        """Return one outcome per record, in order, within the delivery timeout.

        Raises LogUnavailable when not running.
        """
        self._renewing.raise_failure()
        self._watching.raise_failure()
        if not self._renewing.is_running:
            raise LogUnavailable("this client of the log is not running")
        session = self._session
        if session is None:
            return [AppendFailed(self._absence, unknown=False) for _ in records]
        self._in_hand += 1
        session.calls += 1
        self._idle.clear()
        try:
            return await self._append(session, records)
        finally:
            session.calls -= 1
            self._in_hand -= 1
            if not self._in_hand:
                self._idle.set()

    async def _append(self, session: ProducerSession, records: Sequence[Record]) -> list[AppendOutcome]:
        if not records:
            return []
        call = Call(records)
        lanes = {topic: await self._lanes(session, topic) for topic in {record.topic for record in records}}
        lanes |= {topic: refusal for topic in lanes if (refusal := session.refusal(topic)) is not None}
        counts = {topic: 1 if isinstance(known, AppendFailed) else len(known) for topic, known in lanes.items()}
        keys = [record.key.encode() for record in records]
        partitions = partitions_of(keys, [counts[record.topic] for record in records])
        for index, (record, partition) in enumerate(zip(records, partitions, strict=True)):
            known = lanes[record.topic]
            if isinstance(known, AppendFailed):
                call.settle(index, known)
            elif (failure := _check_size(record)) is not None:
                call.settle(index, failure)
            else:
                known[partition].waiting.append((call, index))
        session.send_soon()
        await call.done
        return cast("list[AppendOutcome]", call.outcomes)

    @staticmethod
    async def _lanes(session: ProducerSession, topic: str) -> Sequence[Lane] | AppendFailed:
        try:
            return session.known_lanes(topic) or await session.learn_lanes(topic)
        except AppendFailed as failure:
            return failure

    def _on_broken(self, session: ProducerSession, reason: str) -> None:
        if session is not self._session:
            return  # it was replaced, and ends like the others
        self._session, self._broken = None, session
        self._absence = reason
        self._wanted.set()

    async def _renew_sessions(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            await self._wanted.wait()
            if not stopping.is_set():
                self._wanted.clear()
                await self._renew(stopping)
                await self._replace()

    async def _renew(self, stopping: asyncio.Event) -> None:
        broken, self._broken = self._broken, None
        if broken is not None:
            await broken.abandon()
        while self._session is None and not stopping.is_set():
            try:
                self._session = await ProducerSession.open(self._settings, self._on_broken)
            except LogUnavailable as error:
                self._absence = str(error)
                await wait_unless(stopping, _RETRY_INTERVAL_S)

    async def _replace(self) -> None:
        """Open another session in the place of one that refuses a topic, and end those that nobody has in hand."""
        refusing = self._session
        if refusing is not None and self._is_to_be_replaced(refusing):
            self._replace_at = time.monotonic() + _REPLACE_INTERVAL_S
            with suppress(LogUnavailable):
                fresh = await ProducerSession.open(self._settings, self._on_broken)
                if self._session is refusing:
                    self._replaced.append(refusing)
                self._session = fresh
        for session in [one for one in self._replaced if not one.calls]:
            self._replaced.remove(session)
            await session.stop()

    def _is_to_be_replaced(self, session: ProducerSession) -> bool:
        return session.refuses and time.monotonic() >= self._replace_at

    async def _answer_in_time(self) -> None:
        for session in self._replaced:
            session.answer_in_time()
        if self._session is not None:
            self._session.answer_in_time()
        if any(not one.calls for one in self._replaced) or (self._session and self._is_to_be_replaced(self._session)):
            self._wanted.set()

    def _answer_now(self, watching: Loop) -> None:
        """Let nobody wait for an answer that nothing watches over any more."""
        if self._session is not None:
            self._session.give_up(f"the watch over acknowledgements ended: {watching.failure!r}")


def _check_size(record: Record) -> AppendFailed | None:
    """Return the refusal of a record that no topic takes.

    Packed headers are never smaller than their names and values.
    """
    rough = len(record.value or b"") + len(pack_headers(record.headers))
    if rough > _SURELY_SMALL_BYTES and record_bytes(record) > MAX_RECORD_BYTES:
        return AppendFailed(f"the record is over {MAX_RECORD_BYTES} bytes", unknown=False)
    return None
