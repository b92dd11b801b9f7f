"""The traces' fold into a model that is large already, by one writer, beside a bare COPY of the rows it adds.

A fold that reads more the more there is falls behind here, however quick it is on an empty model.
"""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from statistics import median

from libs.contracts.interactions import encode_interaction
from libs.contracts.paths import TRACES
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import StoredRecord
from libs.pg.database import Database, connect_once
from libs.pg.roles import projector_role
from services.traces.model import TRACES_MODEL
from services.traces.projection import TracesProjection
from tests.performance.filling import DAYS
from tests.performance.floors.bare_copy import bare_copy_of
from tests.performance.interactions_data import DAY_MS, START_MS, Shape, interactions
from tests.performance.options import Options
from tests.performance.report import NO_LOG, Line, Report, ratio

_RECORDS, _BATCH = 50_000, 5_000
_DAYS = 0.5
_NUMBERS = 10**13
_OF_FLOOR = 0.5
_SCHEMA = f"{TRACES}_{TRACES_MODEL}_g1"


async def measure_fold(url: str, options: Options, report: Report) -> None:
    """Add the line of the fold into what the database holds, which has more records afterwards."""
    ours: list[float] = []
    floor: list[float] = []
    cpu_us: list[float] = []
    for number in range(options.rounds):
        per_s, used_us = await _fold(url, number)
        ours.append(per_s)
        cpu_us.append(used_us)
        floor.append(await _copy(url, number))
    report.add(
        Line(
            what=f"traces fold, one writer, after {options.list_rows:,} records",
            log=NO_LOG,
            unit="records/s",
            ours=ours,
            floor=floor,
            beside=f"COPY of its rows, members and resources beside it; own CPU {median(cpu_us):.0f} µs/record",
            promise=f"≥ {_OF_FLOOR} × COPY",
            holds=ratio(ours, floor) >= _OF_FLOOR,
        )
    )


async def _fold(url: str, number: int) -> tuple[float, float]:
    """Records per second of a round, decoding included, and this process's CPU time for each in microseconds."""
    projection, records = TracesProjection(), _records(number)
    async with await Database.connect(url, role=projector_role(TRACES), application_name="bench") as db:
        begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
        for start in range(0, len(records), _BATCH):
            decoded = (projection.decode(record) for record in records[start : start + _BATCH])
            entries = [entry for entry in decoded if entry is not None]
            async with db.transaction() as conn:
                await conn.execute(f"SET LOCAL search_path = {_SCHEMA}")
                await projection.apply(conn, entries)
        took_s, cpu_s = time.perf_counter() - begun_s, time.process_time() - begun_cpu_s
    return len(records) / took_s, cpu_s / len(records) * 1_000_000


async def _copy(url: str, number: int) -> float:
    """Records per second of a COPY of everything a round added for its records, table after table."""
    rows = f"number BETWEEN {_first(number)} AND {_first(number + 1) - 1}"
    units = f"uow_id IN (SELECT uow_id FROM {_SCHEMA}.interactions WHERE {rows})"
    added = {"interactions": rows, "members": units, "resources": units}
    login = await connect_once(url, application_name="bench")
    try:
        async with AsyncExitStack() as stack:
            took_s = 0.0
            for table, condition in added.items():
                copy = await stack.enter_async_context(bare_copy_of(login, _SCHEMA, table, condition=condition))
                took_s += await copy.seconds()
        return _RECORDS / took_s
    finally:
        await login.close()


def _records(number: int) -> list[StoredRecord]:
    """Those of the half day after everything before."""
    start_ms = START_MS + int((DAYS + 1 + number * _DAYS) * DAY_MS)
    made: list[StoredRecord] = []
    for tenant_id, body in interactions(_RECORDS, Shape(days=_DAYS, seed=100 + number, start_ms=start_ms)):
        body.interaction_number += _first(number)
        key, value, headers = encode_interaction(tenant_id, body, actor_type="user")
        made.append(StoredRecord(INTERACTIONS.name, 0, len(made), key, value, headers, start_ms))
    return made


def _first(number: int) -> int:
    return _NUMBERS * (number + 1)
