"""The single machine as a person runs it: `waymark up` as a process, its children found and killed like any others."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.waiting import eventually

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 60.0


@dataclass
class Machine:
    """One installation in its own data directory; started and stopped any number of times."""

    data_dir: Path
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """The one address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def credentials(self) -> dict[str, Any]:
        """What the first start wrote."""
        found: dict[str, Any] = json.loads((self.data_dir / "credentials.json").read_bytes())
        return found

    async def start(self) -> None:
        """Start it and return when it is ready."""
        with (self.data_dir.parent / f"{self.data_dir.name}.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "waymark", "up", "--data-dir", str(self.data_dir), "--port", str(self.port)),
                env=self._environment(),
                stdout=log,
                stderr=log,
            )
        async with httpx.AsyncClient(base_url=self.url, timeout=10.0) as client:
            await eventually(lambda: self._is_ready(client), timeout_s=START_TIMEOUT_S, interval_s=0.1)

    async def stop(self) -> int:
        """Stop it cleanly; returns its exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_TIMEOUT_S):
            return await self.process.wait()

    def children(self, name: str) -> list[psutil.Process]:
        """The running child processes of that name: `api` or `projections`."""
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        return [child for child in parent.children() if child.cmdline()[2:4] == ["waymark.child", name]]

    def kill(self, name: str) -> None:
        """`kill -9` the child of that name."""
        for child in self.children(name):
            child.kill()

    def kill_everything(self) -> None:
        """`kill -9` the parent, both children and the database, at once."""
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        for process in [parent, *parent.children(recursive=True)]:
            process.kill()

    def client(self) -> httpx.AsyncClient:
        """An HTTP client with the first key."""
        headers = {"x-api-key": self.credentials["apiKey"]}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30.0)

    async def run(self, *arguments: str) -> tuple[int, str]:
        """A `waymark` command with this installation's credentials: exit code and standard output."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "waymark", *arguments),
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await process.communicate()
        return process.returncode or 0, out.decode() + (errors.decode() if process.returncode else "")

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("WAYMARK_")}
        return inherited | {"WAYMARK_DATA_DIR": str(self.data_dir)} | dict(self.environment)

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        assert self.process is not None
        if self.process.returncode is not None:
            log = (self.data_dir.parent / f"{self.data_dir.name}.log").read_text()
            raise RuntimeError(f"waymark up ended with {self.process.returncode}:\n{log[-3000:]}")
        try:
            return (await client.get("/readyz")).is_success
        except httpx.TransportError:
            return False


@asynccontextmanager
async def running_machine(data_dir: Path, environment: Mapping[str, str]) -> AsyncIterator[Machine]:
    """A machine that runs, and is gone afterwards whatever happened to it."""
    machine = Machine(data_dir, free_port(), environment)
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


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
