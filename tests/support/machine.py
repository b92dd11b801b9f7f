"""The single machine as a person runs it: `waymark up` as a process, its children found and killed like any others."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.kafka.broker import free_ports, tied
from libs.eventlog.port import EventLog
from libs.pg.embedded import EmbeddedPostgres
from services.accounts.operator import open_operator
from tests.support.examples import FIRST_EXAMPLE
from tests.support.installation import Installation
from tests.support.logs import real_log
from tests.support.scheduling import MACHINE_ON_KAFKA, MACHINE_ON_POSTGRES
from tests.support.waiting import eventually

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 60.0
ON_POSTGRES = pytest.param("postgres", id=MACHINE_ON_POSTGRES)
ON_KAFKA = pytest.param("kafka", id=MACHINE_ON_KAFKA, marks=pytest.mark.kafka)
_POSTGRES_IN_FULL = pytest.param("postgres", id=MACHINE_ON_POSTGRES, marks=pytest.mark.full_faults)
_KAFKA_IN_FULL = pytest.param("kafka", id=MACHINE_ON_KAFKA, marks=[pytest.mark.kafka, pytest.mark.full_faults])
MOSTLY_ON_POSTGRES = pytest.mark.parametrize("started_machine", [ON_POSTGRES, _KAFKA_IN_FULL], indirect=True)
"""Marks what has little to do with the log: it runs on Kafka in the whole storm alone."""
MOSTLY_ON_KAFKA = pytest.mark.parametrize("started_machine", [ON_KAFKA, _POSTGRES_IN_FULL], indirect=True)
"""Marks what the embedded log adds little to: it runs there in the whole storm alone."""


@dataclass
class Machine(Installation):
    """One installation in its own data directory; started and stopped any number of times."""

    environment: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and return when it is ready."""
        up = (sys.executable, "-m", "waymark", "up", "--data-dir", str(self.data_dir), "--port", str(self.port))
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *tied(up, signal.SIGTERM), env=self._environment(), stdout=log, stderr=log
            )
        await self._until_ready()

    async def stop(self) -> int:
        """Stop it cleanly; returns its exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_TIMEOUT_S):
            return await self.process.wait()

    async def restart(self) -> None:
        """Start it again after its process has ended, by itself or not."""
        assert self.process is not None
        await self.process.wait()
        await self.start()

    async def recover(self) -> None:
        """Make it ready again, whatever a test that failed has left."""
        if self.process is None or self.process.returncode is not None:
            await self.start()
        else:
            await self._until_ready()

    def children(self, name: str) -> list[psutil.Process]:
        """The running child processes of that name: `api` or a worker's."""
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        return [child for child in parent.children() if child.cmdline()[2:4] == ["waymark.child", name]]

    def kill(self, name: str) -> None:
        """`kill -9` the child of that name."""
        for child in self.children(name):
            child.kill()

    def kill_everything(self) -> None:
        """`kill -9` the parent, its children and the database, at once."""
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        for process in [parent, *parent.children(recursive=True)]:
            process.kill()

    @property
    def owner_url(self) -> str:
        """The database's URL as its owner connects, while it runs."""
        url = self.environment.get("WAYMARK_DATABASE_URL") or EmbeddedPostgres.running_url(self.data_dir)
        assert url is not None
        return url

    async def new_tenant(self) -> str:
        """Make a tenant of the caller's own; the answer is its key, once recording under it works."""
        async with open_operator(self.owner_url) as operator:
            tenant = await operator.create_tenant(f"t{uuid.uuid4().hex[:10]}")
            key = await operator.create_admin_key(tenant.tenant_id)
        async with self.client(key) as client:
            await eventually(lambda: _records(client), timeout_s=30.0)
        return key

    async def run(self, *arguments: str, key: str | None = None) -> tuple[int, str]:
        """A `waymark` command with this installation's credentials, or another key: exit code and standard output."""
        own = {} if key is None else {"WAYMARK_URL": self.url, "WAYMARK_API_KEY": key}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "waymark", *arguments),
            env=self._environment() | own,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await process.communicate()
        return process.returncode or 0, out.decode() + (errors.decode() if process.returncode else "")

    @property
    def _log(self) -> Path:
        return self.data_dir.parent / f"{self.data_dir.name}.log"

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("WAYMARK_")}
        own = {"WAYMARK_DATA_DIR": str(self.data_dir), "WAYMARK_OTLP_GRPC_PORT": "0"}
        return inherited | own | dict(self.environment)

    async def _until_ready(self) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=10.0) as client:
            await eventually(lambda: self._ended() or self._is_ready(client), timeout_s=START_TIMEOUT_S, interval_s=0.1)
        assert not self._ended(), f"waymark up ended:\n{self._log.read_text()[-3000:]}"

    def _ended(self) -> bool:
        assert self.process is not None
        return self.process.returncode is not None

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get("/readyz")).is_success
        except httpx.TransportError:
            return False


async def _records(client: httpx.AsyncClient) -> bool:
    return (await client.post("/api/interactions", json=FIRST_EXAMPLE)).status_code == 201


@asynccontextmanager
async def running_machine(data_dir: Path, environment: Mapping[str, str]) -> AsyncIterator[Machine]:
    """A machine that runs, and is gone afterwards whatever happened to it."""
    (port,) = free_ports(1)
    machine = Machine(data_dir, port, environment=environment)
    try:
        await machine.start()
        yield machine
    finally:
        if machine.process is not None and machine.process.returncode is None:
            await machine.stop()
        for process in psutil.process_iter(["cmdline"]):
            # A killed parent leaves its database running, to be taken over by the next start.
            if str(data_dir) in " ".join(process.info["cmdline"] or ()):
                process.kill()


@asynccontextmanager
async def log_of(machine: Machine) -> AsyncIterator[EventLog]:
    """The machine's log."""
    kafka = machine.environment.get("WAYMARK_KAFKA_BOOTSTRAP_SERVERS")
    prefix = machine.environment.get("WAYMARK_TOPIC_PREFIX", "")
    log = real_log("kafka", kafka, prefix=prefix) if kafka else real_log("postgres", machine.owner_url)
    await log.start()
    try:
        yield log
    finally:
        await log.stop()
