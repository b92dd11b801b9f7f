"""Real processes killed and frozen in the middle of a batch, on each log that processes can share."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from dataclasses import replace

from libs.pg.database import Database
from tests.support.projections import FAST, World, expected, running, toy
from tests.support.waiting import eventually


async def test_killed_between_write_and_commit_nothing_is_lost_or_counted_twice(shared_world: World) -> None:
    world = shared_world
    records = [toy(number, key=f"key-{number % 60}") for number in range(1_500)]
    await world.append(records)
    for number in range(1, 5):
        process = world.process(member="mortal", fate=f"kill-{number}")
        assert await asyncio.to_thread(process.wait, 60) == -signal.SIGKILL
    read, applied, parked = await world.counts()
    assert read == applied
    assert not parked
    assert 0 < read < 1_500
    async with running(world.runner(member="mortal")):
        await eventually(world.is_level, timeout_s=40.0)
    assert await world.view() == expected(records)
    assert await world.counts() == (1_500, 1_500, 0)


async def test_a_zombie_that_wakes_up_writes_nothing_of_what_it_lost(shared_world: World) -> None:
    world = shared_world
    records = [toy(number, key=f"key-{number % 60}") for number in range(900)]
    await world.append(records[:600])
    zombie = world.process(member="zombie", fate="stop-3")
    try:
        await eventually(lambda: _is_frozen(zombie), timeout_s=40.0)
        async with running(world.runner(member="heir", settings=replace(FAST, idle_in_transaction_s=1.0))):
            await eventually(world.is_level, timeout_s=60.0)
            before = await world.counts()
            zombie.send_signal(signal.SIGCONT)
            await eventually(lambda: _is_connected(world, "toy zombie"), timeout_s=30.0)
            await world.append(records[600:])
            await eventually(world.is_level, timeout_s=60.0)
    finally:
        await asyncio.to_thread(_end, zombie)
    assert before == (600, 600, 0)
    assert zombie.returncode == 0
    assert await world.view() == expected(records)
    assert await world.counts() == (900, 900, 0)


def _is_frozen(process: subprocess.Popen[bytes]) -> bool:
    found, _ = os.waitpid(process.pid, os.WNOHANG | os.WUNTRACED)
    return found == process.pid


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _is_connected(world: World, application_name: str) -> bool:
    async with await Database.connect(world.url, role=None, application_name="looking") as db, db.transaction() as conn:
        return bool(
            await conn.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()",
                application_name,
            )
        )
