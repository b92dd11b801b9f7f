"""A site whose log holds many interactions, and the history's projection over it in a process of its own."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import asyncpg
import msgspec

from libs.contracts.interactions import Interaction, encode_interaction
from libs.contracts.paths import QUERIES
from libs.contracts.times import parse_time
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import Appended, EventLog, Record
from libs.service.setup import setup_service
from services.queries.interactions.model import HISTORY
from services.queries.service import SERVICE
from tests.performance.floors.bare_replay import Replayed
from tests.performance.ground import Ground, LogName, Site, new_site
from tests.performance.interactions_data import Shape, interactions, shape_of
from tests.performance.servers import Measured, running

_APPEND_RECORDS = 5_000
_POLL_S = 0.02
_TIMEOUT_S = 1_800.0
_ROOT = Path(__file__).parents[2]
Login: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Stuck(RuntimeError):
    """The projection did not get where it must."""


@asynccontextmanager
async def filled_site(ground: Ground, log_name: LogName, rows: int) -> AsyncIterator[tuple[Site, Login]]:
    """A site ready for queries with `rows` interactions in its log, and a connection as the database's owner."""
    async with new_site(ground, log_name) as site:
        await setup_service(SERVICE, site.database_url)
        async with site.log() as log:
            await fill(log, rows)
        login = await asyncpg.connect(site.database_url)
        try:
            await login.execute("VACUUM ANALYZE")
            yield site, login
        finally:
            await login.close()


@asynccontextmanager
async def projecting(site: Site) -> AsyncIterator[Measured]:
    """`python -m services.queries --only projections`: one member, one writer."""
    command = ("services.queries", "--only", "projections")
    with running("queries projections", *command, environment=site.environment) as process:
        yield process


async def generation(login: Login) -> int | None:
    """Which generation of the history serves."""
    found: int | None = await login.fetchval(
        "SELECT serving FROM projections.models WHERE service = $1 AND name = $2", QUERIES, HISTORY
    )
    return found


async def read_so_far(login: Login, number: int) -> int:
    """How many records a generation has read."""
    return int(await login.fetchval(f"SELECT coalesce(sum(next_offset), 0) FROM {schema(number)}.positions"))


async def caught_up(login: Login, process: Measured, rows: int) -> float:
    """Wait until everything is read; records per second, from the first batch that was seen done to the last."""

    async def read() -> int:
        number = await generation(login)
        return 0 if number is None else await read_so_far(login, number)

    return await caught_up_with(rows, read, process)


async def caught_up_with(end: int, read: Callable[[], Awaitable[int]], process: Measured) -> float:
    """Wait until `process` has read `end` records; records per second, from the first batch seen done to the last."""
    begun_s, begun_at, done = 0.0, 0, 0
    deadline = time.monotonic() + _TIMEOUT_S
    while done < end:
        process.look()
        if time.monotonic() > deadline:
            raise Stuck(f"{done} of {end} records read:\n{process.last_words}")
        done = await read()
        if done and not begun_at:
            begun_s, begun_at = time.perf_counter(), done
        await asyncio.sleep(_POLL_S)
    took_s = time.perf_counter() - begun_s
    return (end - begun_at) / took_s if end > begun_at else float(end)


async def forget_history(login: Login) -> None:
    """Remove the read model, so that the next start begins from nothing."""
    model = (QUERIES, HISTORY)
    which = "WHERE service = $1 AND name = $2"
    for row in await login.fetch(f"SELECT generation FROM projections.generations {which}", *model):
        await login.execute(f"DROP SCHEMA {schema(row['generation'])} CASCADE")
    await login.execute(f"DELETE FROM projections.generations {which}", *model)
    await login.execute(f"DELETE FROM projections.models {which}", *model)


def schema(number: int) -> str:
    """Where a generation's tables are."""
    return f"{QUERIES}_{HISTORY}_g{number}"


async def fill(log: EventLog, rows: int, shape: Shape | None = None) -> None:
    """Append `rows` interactions."""
    made = interactions(rows, shape or shape_of(rows))
    records = (_record(tenant_id, interaction) for tenant_id, interaction in made)
    for chunk in _chunks(records):
        outcomes = await log.append(chunk)
        if not all(isinstance(outcome, Appended) for outcome in outcomes):
            raise Stuck(f"the log did not take all: {outcomes[:3]}")


async def floor_per_s(site: Site, floor: str, rows: int) -> float:
    """Return how many records per second a floor reads from the log's beginning to its end."""
    command = (sys.executable, "-m", f"tests.performance.floors.{floor}")
    process = await asyncio.create_subprocess_exec(
        *command, cwd=_ROOT, env=site.full_environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Stuck(f"{floor} failed:\n{errors.decode()[-2000:]}")
    replayed = msgspec.json.decode(output, type=Replayed)
    if replayed.records != rows:
        raise Stuck(f"{floor} met {replayed.records} of {rows} records")
    return replayed.records / replayed.seconds


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    while chunk := list(islice(records, _APPEND_RECORDS)):
        yield chunk


def _record(tenant_id: str, interaction: Interaction) -> Record:
    key, value, headers = encode_interaction(tenant_id, interaction, actor_type="user")
    created_ms = int(parse_time(interaction.created_date).timestamp() * 1000)
    return Record(INTERACTIONS.name, key, value, headers, created_ms)
