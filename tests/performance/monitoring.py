"""The gate over a log that was filled before it started, a tenth of the records relevant, beside a bare relay."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from statistics import median

import asyncpg

from libs.contracts.paths import MONITORING
from libs.contracts.topics import INTERACTIONS, MONITORING_STEPS
from libs.objects.changes import Changes
from libs.pg.database import Database
from libs.pg.roles import projector_role
from libs.projections.reactor_registry import ensure_reactor
from libs.service.setup import setup_service
from services.monitoring.definitions.model import Definition
from services.monitoring.definitions.rules import create
from services.monitoring.gate.reactor import Gate
from services.monitoring.service import SERVICE
from tests.performance.ground import Ground, LogName, Site, new_site
from tests.performance.history import Login, caught_up_with, fill, floor_per_s
from tests.performance.interactions_data import Shape
from tests.performance.options import Options
from tests.performance.report import Line, Report
from tests.performance.servers import running, watching
from tests.support.monitoring.definitions import definition, having, pattern

_DEFINITIONS = 100
_NAMES = ("ORDER.UPDATE", "PAYMENT.UPDATE", "ORDER.MODIFIED", "PAYMENT.MODIFIED")
"""A tenth of the interactions made here."""
_PER_S = 30_000.0
_DAYS = 0.02
"""All are accepted after the definitions were made; Kafka takes none that is more than an hour ahead."""
_READ = "SELECT coalesce(sum(next_offset), 0)::bigint FROM monitoring.gate_positions WHERE topic = $1"
_PUT_BACK = "UPDATE monitoring.gate_positions SET next_offset = 0 WHERE topic = $1"


async def measure_monitoring(ground: Ground, log_name: LogName, options: Options, report: Report) -> None:
    """Add the line of the gate on one log."""
    ours: list[float] = []
    floor: list[float] = []
    cpu_us: list[float] = []
    steps = 0
    async with _filled(ground, log_name, options.rows) as (site, login):
        for _ in range(options.rounds):
            before = await _appended(site)
            per_s, used_us = await _gated(site, login, options.rows, report)
            ours.append(per_s)
            cpu_us.append(used_us)
            steps = await _appended(site) - before
            floor.append(await floor_per_s(site, "bare_relay", options.rows))
    report.add(
        Line(
            what=f"gate, one writer, {options.rows:,} records, {_DEFINITIONS} definitions a tenant",
            log=log_name,
            unit="records/s",
            ours=ours,
            floor=floor,
            beside=f"{steps / options.rows:.0%} steps; own CPU {median(cpu_us):.0f} µs/record (start included)",
            promise=f"≥ {_PER_S:,.0f}/s",
            holds=median(ours) >= _PER_S,
        )
    )


@asynccontextmanager
async def _filled(ground: Ground, log_name: LogName, rows: int) -> AsyncIterator[tuple[Site, Login]]:
    """A site with definitions, a gate that has begun, and then `rows` interactions; the login is the database's."""
    async with new_site(ground, log_name) as site:
        await setup_service(SERVICE, site.database_url)
        async with site.log() as log:
            await _define(site, Shape().tenants)
            async with await projector(site) as db:
                await ensure_reactor(db, log, Gate(0))
            await fill(log, rows, Shape(days=_DAYS, start_ms=time.time_ns() // 1_000_000))
        login = await asyncpg.connect(site.database_url)
        try:
            yield site, login
        finally:
            await login.close()


async def _define(site: Site, tenants: Collection[str]) -> None:
    async with await projector(site) as db, db.transaction() as conn:
        for tenant_id in sorted(set(tenants)):
            for number in range(_DEFINITIONS):
                change = Changes().begin_by_itself(conn, tenant_id)
                await create(change, _definition(number), by="bench")


def _definition(number: int) -> Definition:
    """Return a definition of four events with two filters each; only the first is ever met."""
    names = _NAMES if number == 0 else [f"TYPE{number}.ACTION{step}" for step in range(len(_NAMES))]
    props = having("currency", "JPY", "NOTEQUALS"), having("address.city", "CITY", "STARTSWITH")
    return definition(*(pattern(name, *props) for name in names), name=f"bench-{number}")


async def projector(site: Site) -> Database:
    """Return a pool of the projector of monitoring."""
    role = projector_role(MONITORING)
    return await Database.connect(
        site.database_url, role=role, application_name="waymark-bench", search_path=(MONITORING,)
    )


async def _gated(site: Site, login: Login, rows: int, report: Report) -> tuple[float, float]:
    """Records per second from the first batch that was seen done to the last, and the CPU time of each in µs."""
    await login.execute(_PUT_BACK, INTERACTIONS.name)
    with running("gate", "tests.performance.gate_alone", environment=site.environment) as process:
        async with watching(process):
            per_s = await caught_up_with(rows, lambda: login.fetchval(_READ, INTERACTIONS.name), process)
        report.note_peak(f"gate ({site.log_name})", process.peak_mib)
        return per_s, process.cpu_s / rows * 1_000_000


async def _appended(site: Site) -> int:
    """Return how many steps there are in the log."""
    async with site.log() as log:
        return sum((await log.end_offsets([MONITORING_STEPS])).values())
