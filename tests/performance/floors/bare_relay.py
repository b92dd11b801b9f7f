"""The floor of the gate: read interactions from the log's beginning to its end and append every tenth as it is.

The log's own reader and appender work in turns; nothing is decoded and no position kept. Prints records and seconds as
JSON.
"""

from __future__ import annotations

import sys
import time

import msgspec
import uvloop

from libs.contracts.topics import INTERACTIONS, MONITORING_STEPS
from libs.eventlog.appending import append_all
from libs.eventlog.open import open_log
from libs.eventlog.port import Record
from libs.eventlog.settings import LogSettings
from tests.performance.floors.bare_replay import Replayed

_RECORDS, _ONE_IN = 5_000, 10


async def relay(settings: LogSettings) -> Replayed:
    """Relay what the log holds now."""
    log = await open_log(settings)
    await log.start()
    try:
        reader = await log.reader(await log.beginning_offsets([INTERACTIONS]))
        records = left = sum((await log.end_offsets([INTERACTIONS])).values())
        begun_s = time.perf_counter()
        while left > 0:
            found = await reader.poll(timeout_s=0.5, max_records=_RECORDS)
            left -= len(found)
            tenth = found[::_ONE_IN]
            await append_all(
                log,
                [
                    Record(MONITORING_STEPS.name, one.key or "", one.value, one.headers, one.timestamp_ms)
                    for one in tenth
                ],
            )
        took_s = time.perf_counter() - begun_s
        await reader.stop()
    finally:
        await log.stop()
    return Replayed(records, took_s)


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(uvloop.run(relay(LogSettings()))).decode())
