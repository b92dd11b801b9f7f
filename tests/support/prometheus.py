"""Debian's Prometheus: its programs, and a server of it on loopback that scrapes what a test gives it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from deploy.kafka.broker import free_ports, tied
from tests.support.tools import unpacked
from tests.support.waiting import eventually


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What promtool says of these arguments."""
    return _run(unpacked("promtool", "prometheus"), *arguments)


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What Alertmanager's tool says of these arguments."""
    return _run(unpacked("amtool", "prometheus-alertmanager"), *arguments)


class Prometheus:
    """A running server, asked over its HTTP API."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an instant query, each with `metric` and `value`."""
        data = await self.get("query", query=expression)
        result: list[dict[str, Any]] = data["result"]
        return result

    async def get(self, path: str, **parameters: str) -> dict[str, Any]:
        """The data of an answer of `/api/v1/<path>`."""
        answer = await self._client.get(f"/api/v1/{path}", params=parameters)
        document = answer.json()
        assert document["status"] == "success", document
        data: dict[str, Any] = document["data"]
        return data

    async def is_ready(self) -> bool:
        """Whether it answers queries."""
        with contextlib.suppress(httpx.TransportError):
            return (await self._client.get("/-/ready")).is_success
        return False


@asynccontextmanager
async def running_prometheus(config: Path, data: Path) -> AsyncIterator[Prometheus]:
    """A server with this configuration, its data in the folder `data`; it ends with the block."""
    (port,) = free_ports(1)
    command = [
        unpacked("prometheus", "prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with (data.parent / "prometheus.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(*tied(command, signal.SIGTERM), stdout=log, stderr=log)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            prometheus = Prometheus(client)
            await eventually(prometheus.is_ready)
            yield prometheus
    finally:
        process.terminate()
        await process.wait()


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
