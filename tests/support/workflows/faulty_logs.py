"""Clients of a log, of executors whose process dies, freezes, or believes that all partitions are its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from libs.contracts.topics import Topic
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import AppendOutcome, AssignmentListener, EventLog, Record, Subscription


class Client:
    """A client that does as the one inside it; made an `EventLog` by `as_log`."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    @property
    def as_log(self) -> EventLog:
        """The client as executors take it."""
        return cast("EventLog", self)


class Dying(Client):
    """Its process dies at the append of number `at`, before the log has it or after: nothing is answered from then."""

    def __init__(self, log: EventLog, *, at: int, lands: bool) -> None:
        super().__init__(log)
        self._left = at
        self._lands = lands
        self.died = asyncio.Event()

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        self._left -= 1
        if self._left > 0:
            return await self._log.append(records)
        if self._left == 0 and self._lands:
            await self._log.append(records)
        self.died.set()
        return await _for_ever()


class Gone(Client):
    """Takes nothing any more from when it is `gone`, and says so at once."""

    def __init__(self, log: EventLog) -> None:
        super().__init__(log)
        self.gone, self.refused = asyncio.Event(), asyncio.Event()

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        if not self.gone.is_set():
            return await self._log.append(records)
        self.refused.set()
        raise LogUnavailable("gone")


class Freezing(Client):
    """Its process stands still at the append of number `at` from now, until it is thawed: that append is made then."""

    def __init__(self, log: EventLog, *, at: int | None = None) -> None:
        super().__init__(log)
        self.at = at
        self.frozen, self.thawed = asyncio.Event(), asyncio.Event()

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        if self.at is not None:
            self.at -= 1
        if self.at == 0:
            self.frozen.set()
            await self.thawed.wait()
        return await self._log.append(records)

    async def subscribe(
        self, group: str, topics: Sequence[Topic], *, member: str, on_assigned: AssignmentListener
    ) -> Subscription:
        subscription = await self._log.subscribe(group, topics, member=member, on_assigned=on_assigned)
        poll = subscription.poll

        async def poll_unless_frozen(*, timeout_s: float, max_records: int) -> Any:
            records = await poll(timeout_s=timeout_s, max_records=max_records)
            if self.frozen.is_set():
                await self.thawed.wait()
            return records

        subscription.poll = poll_unless_frozen  # type: ignore[method-assign]
        return subscription


class Alone(Client):
    """Is a group of its own: it holds every partition, whoever else holds it too."""

    async def subscribe(
        self, group: str, topics: Sequence[Topic], *, member: str, on_assigned: AssignmentListener
    ) -> Subscription:
        return await self._log.subscribe(f"{group}-{member}", topics, member=member, on_assigned=on_assigned)


async def _for_ever() -> Sequence[AppendOutcome]:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")
