"""A process that runs the toy projection or reactor, and dies or freezes itself where a test wants it to.

Arguments: kind of log, its address, its prefix, database URL, member, and the fate: `live`, or `kill-<n>` or
`stop-<n>`: SIGKILL or SIGSTOP itself after the writes of its n-th batch, before the commit. With `append-<fate>` it is
the reactor that appends, and its fate meets it when the log has acknowledged the records of its n-th batch.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from libs.eventlog.port import AppendOutcome, EventLog, Record
from libs.pg.database import Connection, Database
from libs.pg.roles import projector_role
from libs.projections.consumer_runner import ConsumerRunner
from libs.projections.reactor_runner import ReactorRunner
from libs.projections.runner import ProjectionRunner
from tests.support.logs import real_log
from tests.support.projections import FAST, SERVICE, Sums, Toy
from tests.support.reactors import Echoes

_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


class SignalledFate:
    """Comes with the n-th time it is met."""

    def __init__(self, fate: str) -> None:
        kind, _, number = fate.partition("-")
        self._signal = _SIGNALS.get(kind)
        self._left = int(number or 0)

    def meet(self) -> None:
        """Send this process its signal if it is time."""
        self._left -= 1
        if self._signal is not None and self._left == 0:
            os.kill(os.getpid(), self._signal)


class FatedSums(Sums):
    """Meets its fate in the n-th batch."""

    def __init__(self, fate: SignalledFate) -> None:
        super().__init__()
        self._fate = fate

    async def apply(self, conn: Connection, events: Sequence[Toy]) -> None:
        await super().apply(conn, events)
        self._fate.meet()

    async def fill(self, conn: Connection, events: Sequence[Toy]) -> None:
        await super().fill(conn, events)
        self._fate.meet()


class FatedLog:
    """A log whose user meets its fate behind the n-th append."""

    def __init__(self, log: EventLog, fate: SignalledFate) -> None:
        self._log = log
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        """Append, then meet it."""
        outcomes = await self._log.append(records)
        self._fate.meet()
        return outcomes


def fated(log: EventLog, db: Database, member: str, fate: str) -> ConsumerRunner:
    """Return the runner of the toy that the fate is for."""
    settings = replace(FAST, max_records=50, fill_max_records=50)
    if fate.startswith("append-"):
        appending: Any = FatedLog(log, SignalledFate(fate.removeprefix("append-")))
        return ReactorRunner(appending, db, Echoes("append"), member=member, settings=settings)
    return ProjectionRunner(log, db, FatedSums(SignalledFate(fate)), member=member, settings=settings)


async def main(kind: str, address: str, prefix: str, database_url: str, member: str, fate: str) -> None:
    """Run until killed, or until standard input ends."""
    log = real_log(kind, address, prefix=prefix)
    await log.start()
    async with await Database.connect(
        database_url, role=projector_role(SERVICE), application_name=f"toy {member}"
    ) as db:
        runner = fated(log, db, member, fate)
        running = asyncio.create_task(runner.run())
        ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait({running, ended}, return_when=asyncio.FIRST_COMPLETED)
        await runner.stop()
        await running
    await log.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
