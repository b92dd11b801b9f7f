"""The matches over a log of steps and ticks that was filled before they started, alone and with `health` beside them.

Each step concerns one definition; the users of each go through its events in their order, so that a quarter of the
steps completes a match. Results leave through the outbox, whose relay runs in the bench's own process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from statistics import median

import asyncpg
import psutil

from libs.contracts.monitoring_steps import Hit, Step, Tick, encode_step, encode_tick
from libs.contracts.paths import MONITORING
from libs.contracts.topics import CRITICAL_INTERACTIONS, INTERACTIONS, MONITORING_STEPS
from libs.eventlog.port import Appended, EventLog, Record
from libs.eventlog.ticks import partition_keys
from libs.objects.changes import Changes
from libs.objects.outbox import Relay
from libs.pg.database import Database
from libs.projections.generations import ensure_serving
from libs.service.setup import setup_service
from services.monitoring.definitions.rules import create
from services.monitoring.health.model import HEALTH_MODEL
from services.monitoring.health.projection import HealthProjection
from services.monitoring.matches.model import MATCHES_MODEL
from services.monitoring.matches.projection import MatchesProjection
from services.monitoring.service import SERVICE
from tests.performance.ground import Ground, LogName, Site, new_site
from tests.performance.history import Login, Stuck, caught_up_with
from tests.performance.monitoring import projector
from tests.performance.options import Options
from tests.performance.report import Line, Report
from tests.performance.servers import Measured, family_cpu_s, running, watching
from tests.support.monitoring.definitions import definition

_PER_S = 10_000.0
_DEFINITIONS, _USERS, _EVENTS = 100, 250, 4
_STEPS_PER_MS, _TICK_MS, _WATERMARK_MS = 10, 1_000, 5_000
_TENANT = "default"
_APPENDED_AT_ONCE, _POLL_S = 5_000, 0.02
_READ = "SELECT coalesce(sum(next_offset), 0)::bigint FROM monitoring_{model}_g1.positions"


@dataclass(frozen=True, slots=True)
class Matched:
    """Steps per second, the CPU time of each in µs by process, the results, and when the last of them was folded.

    `seen_s` counts from the last step on; None where nothing folds results.
    """

    per_s: float
    cpu_us: Mapping[str, float]
    results: int
    seen_s: float | None


async def measure_matches(ground: Ground, log_name: LogName, options: Options, report: Report) -> None:
    """Add the lines of the matches alone and with `health` on one log."""
    for name, beside in (("matches alone", ()), ("matches with health beside", (HEALTH_MODEL,))):
        seen = [await _measure(ground, log_name, options.rows, beside, report) for _ in range(options.rounds)]
        report.add(
            Line(
                what=f"{name}, one writer, {options.rows:,} steps, {_DEFINITIONS} definitions",
                log=log_name,
                unit="steps/s",
                ours=[one.per_s for one in seen],
                beside=_words(seen),
                promise=f"≥ {_PER_S:,.0f}/s",
                holds=median(one.per_s for one in seen) >= _PER_S,
            )
        )


def _words(seen: list[Matched]) -> str:
    cpu = ", ".join(f"{name} {median(one.cpu_us[name] for one in seen):.0f}" for name in seen[0].cpu_us)
    folded = [one.seen_s for one in seen if one.seen_s is not None]
    after = f", all folded {median(folded):.1f} s after the last step" if folded else ""
    return f"CPU µs/step: {cpu}; {seen[-1].results:,} results{after}"


async def _measure(ground: Ground, log_name: LogName, rows: int, beside: tuple[str, ...], report: Report) -> Matched:
    servers = {name: psutil.Process(pid) for name, pid in ground.pids.items()}
    async with _filled(ground, log_name, rows, relayed=bool(beside)) as (site, login, log):
        ends = sum((await log.end_offsets([MONITORING_STEPS])).values())
        before = {name: family_cpu_s(process) for name, process in servers.items()}
        command = ("tests.performance.matches_alone", *beside)
        with running("matches", *command, environment=site.environment) as process:
            async with watching(process):
                per_s = await caught_up_with(ends, _reading(login, MATCHES_MODEL), process)
                seen_s = await _folded(process, login, log) if beside else None
                results = sum((await log.end_offsets([CRITICAL_INTERACTIONS])).values()) + await _waiting(login)
            report.note_peak(f"matches ({log_name})", process.peak_mib)
            used = {"matches": process.cpu_s} | {
                name: family_cpu_s(server) - before[name] for name, server in servers.items()
            }
        return Matched(per_s, {name: spent / rows * 1e6 for name, spent in used.items()}, results, seen_s)


@asynccontextmanager
async def _filled(
    ground: Ground, log_name: LogName, rows: int, *, relayed: bool
) -> AsyncIterator[tuple[Site, Login, EventLog]]:
    """A site with definitions, both models empty, and `rows` steps in its log; its outbox is carried if `relayed`."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(new_site(ground, log_name))
        await setup_service(SERVICE, site.database_url)
        log = await stack.enter_async_context(site.log())
        db = await stack.enter_async_context(await projector(site))
        await _define(db)
        partitions = len(await log.end_offsets([MONITORING_STEPS]))
        await ensure_serving(db, log, MatchesProjection(open_matches_max=1, partitions=partitions))
        await ensure_serving(db, log, HealthProjection())
        await _append(log, _records(rows, partitions))
        login = await asyncpg.connect(site.database_url)
        stack.push_async_callback(login.close)
        await login.execute("DELETE FROM monitoring.outbox")
        await login.execute("VACUUM ANALYZE")
        if relayed:
            relay = Relay(log, db, MONITORING)
            await relay.start()
            stack.push_async_callback(relay.stop)
        yield site, login, log


async def _define(db: Database) -> None:
    async with db.transaction() as conn:
        for number in range(1, _DEFINITIONS + 1):
            names = (f"TYPE{number}.ACTION{step}" for step in range(_EVENTS))
            await create(
                Changes().begin_by_itself(conn, _TENANT), definition(*names, name=f"bench-{number}"), by="bench"
            )


def _records(rows: int, partitions: int) -> Iterator[Record]:
    """Yield the steps as the gate and the ticks as the ticker append them, and a tick after all watermarks."""
    start_ms = time.time_ns() // 1_000_000
    keys = partition_keys("waymark:tick-", partitions)
    for number in range(rows):
        at_ms = start_ms + number // _STEPS_PER_MS
        if number and number % (_STEPS_PER_MS * _TICK_MS) == 0:
            yield from (_tick(key, at_ms) for key in keys)
        yield _step(number, at_ms)
    yield from (_tick(key, start_ms + rows // _STEPS_PER_MS + _WATERMARK_MS) for key in keys)


def _step(number: int, at_ms: int) -> Record:
    round_, user = divmod(number // _DEFINITIONS, _USERS)
    definition_id, place = number % _DEFINITIONS + 1, round_ % _EVENTS
    hit = Hit(definition_id=definition_id, version=1, current=True, steps=1 << place, dimensions=("WEBAPP",))
    step = Step(
        id=f"{at_ms >> 16:08x}-{at_ms & 0xFFFF:04x}-70db-8d54-{number:012x}",
        source="interaction",
        topic=INTERACTIONS.name,
        partition=0,
        offset=number,
        number=number,
        name=f"TYPE{definition_id}.ACTION{place}",
        event_at=at_ms,
        accepted_at=at_ms,
        watermark_ms=_WATERMARK_MS,
        uow_id=f"0199439c-0440-70db-8d55-{user:012x}",
        hits=(hit,),
    )
    return Record(MONITORING_STEPS.name, *encode_step(_TENANT, f"user:{definition_id}-{user}", step), at_ms)


def _tick(key: str, as_of: int) -> Record:
    return Record(MONITORING_STEPS.name, *encode_tick(key, Tick(as_of=as_of)), as_of)


async def _append(log: EventLog, records: Iterator[Record]) -> None:
    while chunk := list(islice(records, _APPENDED_AT_ONCE)):
        outcomes = await log.append(chunk)
        if not all(isinstance(outcome, Appended) for outcome in outcomes):
            raise Stuck(f"the log did not take all: {outcomes[:3]}")


def _reading(login: Login, model: str) -> Callable[[], Awaitable[int]]:
    return lambda: login.fetchval(_READ.format(model=model))


async def _waiting(login: Login) -> int:
    """Return how many results wait in the outbox."""
    return int(await login.fetchval("SELECT count(*) FROM monitoring.outbox"))


async def _folded(process: Measured, login: Login, log: EventLog) -> float:
    """Return how many seconds it takes from now on until all results are folded."""
    begun_s = time.perf_counter()
    while await _waiting(login):  # noqa: ASYNC110  # the relay says nothing here
        await asyncio.sleep(_POLL_S)
    results = sum((await log.end_offsets([CRITICAL_INTERACTIONS])).values())
    await caught_up_with(results, _reading(login, HEALTH_MODEL), process)
    return time.perf_counter() - begun_s
