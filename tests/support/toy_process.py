"""A process that runs the toy projection, and dies or freezes itself where a test wants it to.

Arguments: kind of log, its address, its prefix, database URL, member, and the fate: `live`, or `kill-<n>` or
`stop-<n>`: SIGKILL or SIGSTOP itself after the writes of its n-th batch, before the commit.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace

from libs.pg.database import Connection, Database
from libs.pg.roles import projector_role
from libs.projections.runner import ProjectionRunner
from tests.support.logs import real_log
from tests.support.projections import FAST, SERVICE, Sums, Toy

_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


class FatedSums(Sums):
    """Meets its fate in the n-th batch."""

    def __init__(self, fate: str) -> None:
        super().__init__()
        kind, _, number = fate.partition("-")
        self._signal = _SIGNALS.get(kind)
        self._left = int(number or 0)

    async def apply(self, conn: Connection, events: Sequence[Toy]) -> None:
        await super().apply(conn, events)
        await self._meet_fate()

    async def fill(self, conn: Connection, events: Sequence[Toy]) -> None:
        await super().fill(conn, events)
        await self._meet_fate()

    async def _meet_fate(self) -> None:
        self._left -= 1
        if self._signal is not None and self._left == 0:
            os.kill(os.getpid(), self._signal)


async def main(kind: str, address: str, prefix: str, database_url: str, member: str, fate: str) -> None:
    """Run until killed, or until standard input ends."""
    log = real_log(kind, address, prefix=prefix)
    await log.start()
    settings = replace(FAST, max_records=50, fill_max_records=50)
    async with await Database.connect(
        database_url, role=projector_role(SERVICE), application_name=f"toy {member}"
    ) as db:
        runner = ProjectionRunner(log, db, FatedSums(fate), member=member, settings=settings)
        running = asyncio.create_task(runner.run())
        ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait({running, ended}, return_when=asyncio.FIRST_COMPLETED)
        await runner.stop()
        await running
    await log.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
