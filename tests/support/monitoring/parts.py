"""Parts of monitoring in processes of their own, beside those of a machine."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from deploy.kafka.broker import free_ports
from tests.support.machine import Machine

MONITORING = "projections-monitoring"


def environment_of(machine: Machine) -> dict[str, str]:
    """Return what the machine's own process of monitoring has been told."""
    (child,) = machine.children(MONITORING)
    return child.environ()


async def start_part(environment: Mapping[str, str], part: str, port: int = 0) -> asyncio.subprocess.Process:
    """Start a part of monitoring."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.monitoring", "--only", part),
        env={**environment, "WAYMARK_PORT": str(port)},
    )


async def end(process: asyncio.subprocess.Process) -> None:
    """Kill a process, if it still runs."""
    if process.returncode is None:
        process.kill()
    await process.wait()


@asynccontextmanager
async def beside(machine: Machine, part: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A part of monitoring beside the machine's."""
    process = await start_part(environment_of(machine), part)
    try:
        yield process
    finally:
        await end(process)


@dataclass
class ApiProcess:
    """An API process of monitoring that is killed and started again: it evaluates alert rules and sends messages."""

    environment: Mapping[str, str]
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; it is ready some time later."""
        self.process = await start_part(self.environment, "api", self.port)

    async def kill(self) -> None:
        """`kill -9` it."""
        if self.process is not None:
            await end(self.process)

    async def is_ready(self) -> bool:
        """Return whether it works."""
        return await is_ready(f"http://127.0.0.1:{self.port}")


async def is_ready(url: str) -> bool:
    """Return whether the process behind an address works; one that is dead or busy does not."""
    try:
        async with httpx.AsyncClient(timeout=3.0) as client:
            return (await client.get(f"{url}/readyz")).is_success
    except httpx.TransportError:
        return False
