"""A real gateway process killed in the middle of load: what it acknowledged is there, and after the next one has
started every number is recorded or voided.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import httpx

from deploy.kafka.broker import free_ports
from tests.support.examples import FIRST_EXAMPLE
from tests.support.gateway.records import frontier, numbers_in
from tests.support.gateway.surroundings import URL, Surroundings
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[4]
LEASE_TTL_S = 2


@contextmanager
def gateway_process(around: Surroundings, environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m services.gateway` on this port, killed at the end."""
    variables = {
        "WAYMARK_DATABASE_URL": around.database_url,
        "WAYMARK_PORT": str(port),
        "WAYMARK_GATEWAY_LEASE_TTL_S": str(LEASE_TTL_S),
        **environment,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "services.gateway"], cwd=ROOT, env={**os.environ, **variables}, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def client_at(port: int, key: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"x-api-key": key}) as client:

        async def is_ready() -> bool:
            return (await client.get("/readyz")).status_code == 200

        await eventually(is_ready, timeout_s=60)
        yield client


async def send(client: httpx.AsyncClient, accepted: dict[int, str]) -> None:
    """Post one after the other until the process is gone."""
    with suppress(httpx.TransportError):
        while True:
            answer = await client.post(URL, json=FIRST_EXAMPLE)
            assert answer.status_code == 201
            accepted[answer.json()["interactionNumber"]] = answer.json()["interactionId"]


async def test_every_number_is_accounted_for_after_kill_9(
    surroundings: Surroundings, environment_of_log: dict[str, str]
) -> None:
    accepted: dict[int, str] = {}
    for _ in range(2):
        (port,) = free_ports(1)
        with gateway_process(surroundings, environment_of_log, port) as process:
            async with client_at(port, surroundings.tenant.editor_key) as client:
                before = len(accepted)
                senders = [asyncio.create_task(send(client, accepted)) for _ in range(16)]
                await eventually(lambda before=before: len(accepted) > before + 200, timeout_s=60)  # type: ignore[misc]
                process.send_signal(signal.SIGKILL)
                await asyncio.gather(*senders)

    (port,) = free_ports(1)
    with gateway_process(surroundings, environment_of_log, port) as process:
        async with client_at(port, surroundings.tenant.editor_key) as client:
            answer = await client.post(URL, json=FIRST_EXAMPLE)
            following = int(answer.json()["interactionNumber"]) + 1

            async def is_level() -> bool:
                return await frontier(surroundings.log) == following

            assert await eventually(is_level, timeout_s=60, interval_s=0.2)
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 30)
    numbers = await numbers_in(surroundings.log)
    numbers.assert_gapless(up_to=following - 1)
    assert accepted.items() <= numbers.recorded.items()
