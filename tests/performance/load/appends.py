"""`python -m tests.performance.load.appends`: appends one small record after the other, each when the one before is
acknowledged, to the log that the environment names. Runs until SIGTERM."""

from __future__ import annotations

import asyncio
import time
from itertools import count

import uvloop

from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.eventlog.open import open_log
from libs.eventlog.port import Record
from libs.eventlog.settings import LogSettings

_PAUSE_S = 0.002
_VALUE = b"v" * 200


async def append_in_a_row(settings: LogSettings) -> None:
    """Append for as long as the process lives, a little apart, so that each append is one of its own."""
    log = await open_log(settings)
    await log.start()
    for number in count():
        now_ms = int(time.time() * 1000)
        await log.append([Record(WORKFLOW_SESSIONS.name, str(number), _VALUE, (), now_ms)])
        await asyncio.sleep(_PAUSE_S)


if __name__ == "__main__":
    uvloop.run(append_in_a_row(LogSettings()))
