"""What one more process costs: one, two and four gateways with as many callers each, then members of the history.

All of it shares this machine's cores, so the rates say little; what counts is the processor time of a record, ours and
the servers', which is what each further core can be divided by.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import psutil

from libs.service.setup import setup_service
from services.gateway.service import SERVICE as GATEWAY
from tests.performance.candidates import OURS, Candidate, Load, Seen
from tests.performance.ground import Ground, LogName, Site, new_site
from tests.performance.history import caught_up, filled_site, forget_history
from tests.performance.options import Options
from tests.performance.report import Line, Report
from tests.performance.servers import Measured, answering, family_cpu_s, running
from tests.support.gateway.records import seed

COUNTS = (1, 2, 4)
"""How many processes of one service work beside each other."""
_RECORDS = 100
_LOADS: Mapping[str, Load] = {
    "single POST, 64 connections each": Load(connections=64, seconds=0),
    f"batches of {_RECORDS}, 16 connections each": Load(connections=16, seconds=0, shape="lines", records=_RECORDS),
}


async def measure_scaling(ground: Ground, log_name: LogName, options: Options, report: Report) -> None:
    """Add the lines of gateways and of members on one log."""
    for count in COUNTS:
        async with _gateways(ground, log_name, count) as gateways:
            for name, load in _LOADS.items():
                await _at_the_door(ground, name, load, gateways, log_name, options, report)
    for count in COUNTS:
        await _by_members(ground, count, log_name, options, report)


@asynccontextmanager
async def _gateways(ground: Ground, log_name: LogName, count: int) -> AsyncIterator[Sequence[Candidate]]:
    async with new_site(ground, log_name) as site, AsyncExitStack() as stack:
        async with site.log() as log:
            await setup_service(GATEWAY, site.database_url)
            key = (await seed(log)).editor_key
        servers = [_member(stack, site, number, "services.gateway") for number in range(count)]
        yield [Candidate(OURS, await answering(server), key) for server in servers]


def _member(stack: AsyncExitStack, site: Site, number: int, *command: str) -> Measured:
    environment = {**site.environment, "WAYMARK_MEMBER": f"member-{number}", "WAYMARK_OTLP_GRPC_PORT": "0"}
    return stack.enter_context(running(f"member {number}", *command, environment=environment))


async def _at_the_door(
    ground: Ground,
    name: str,
    load: Load,
    gateways: Sequence[Candidate],
    log_name: LogName,
    options: Options,
    report: Report,
) -> None:
    asked = replace(load, seconds=options.seconds)
    per_s: list[float] = []
    ours_us: list[float] = []
    servers_us: list[float] = []
    for number in range(options.rounds):
        before = _servers_cpu_s(ground)
        seen: Sequence[Seen] = await asyncio.gather(*(one.measure(asked, seed=number) for one in gateways))
        records = sum(one.figures.requests for one in seen) * load.records
        per_s.append(sum(one.figures.per_s for one in seen) * load.records)
        ours_us.append(sum(one.server_cpu_s for one in seen) / records * 1e6)
        counted = asked.seconds / (asked.seconds + asked.warm_up_s)
        servers_us.append((_servers_cpu_s(ground) - before) * counted / records * 1e6)
    report.add(_line(f"{name}, gateways: {len(gateways)}", log_name, per_s, ours_us, servers_us))


async def _by_members(ground: Ground, count: int, log_name: LogName, options: Options, report: Report) -> None:
    per_s: list[float] = []
    ours_us: list[float] = []
    servers_us: list[float] = []
    async with filled_site(ground, log_name, options.rows) as (site, login):
        for _ in range(options.rounds):
            async with AsyncExitStack() as stack:
                before = _servers_cpu_s(ground)
                command = ("services.queries", "--only", "projections")
                members = [_member(stack, site, number, *command) for number in range(count)]
                per_s.append(await caught_up(login, members[0], options.rows))
                ours_us.append(sum(one.cpu_s for one in members) / options.rows * 1e6)
                servers_us.append((_servers_cpu_s(ground) - before) / options.rows * 1e6)
            await forget_history(login)
    report.add(_line(f"history, members: {count}", log_name, per_s, ours_us, servers_us))


def _servers_cpu_s(ground: Ground) -> float:
    return sum(family_cpu_s(psutil.Process(pid)) for pid in ground.pids.values())


def _line(what: str, log_name: LogName, per_s: list[float], ours_us: list[float], servers_us: list[float]) -> Line:
    beside = f"CPU of a record: ours {_spread(ours_us)} µs, PostgreSQL's and the broker's {_spread(servers_us)} µs"
    return Line(what=what, log=log_name, unit="records/s", ours=per_s, beside=beside, promise="", holds=True)


def _spread(values: list[float]) -> str:
    low, high = f"{min(values):.0f}", f"{max(values):.0f}"
    return low if low == high else f"{low}–{high}"
