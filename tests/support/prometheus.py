"""Debian's Prometheus: its programs, and a server of it on loopback that scrapes what a test gives it.

A server has the configuration and the rules of `deploy/prometheus`, with the targets of the test, each second.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import yaml

from deploy.kafka.broker import free_ports, tied
from tests.support.tools import unpacked
from tests.support.waiting import eventually

FOLDER = Path(__file__).resolve().parents[2] / "deploy/prometheus"
CONFIG_FILE = FOLDER / "prometheus.yml"
ALERTMANAGER_FILE = FOLDER.parent / "alertmanager/alertmanager.yml"
OF_SPEED = frozenset(("WaymarkAppendSlow", "WaymarkDoorSlow", "WaymarkDoorLatencyBudget"))
"""Alerts that depend on how busy the tests keep the machine: they may be pending, and are left out."""
EACH_SECOND = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}


def promtool(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """What promtool says of these arguments, and of what it is given on standard input."""
    return _run(unpacked("promtool", "prometheus"), *arguments, given=given)


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What Alertmanager's tool says of these arguments."""
    return _run(unpacked("amtool", "prometheus-alertmanager"), *arguments)


def native_config(ports: Mapping[str, int]) -> dict[str, Any]:
    """The configuration with targets at these ports of loopback, by component, and nobody to send alerts to."""
    config: dict[str, Any] = yaml.safe_load(CONFIG_FILE.read_text(encoding="utf-8"))
    targets = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"component": component}} for component, port in ports.items()
    ]
    (job,) = config["scrape_configs"]
    rules = [str(FOLDER / pattern) for pattern in config["rule_files"]]
    return {
        "global": EACH_SECOND,
        "rule_files": rules,
        "scrape_configs": [{**job, "static_configs": targets}],
    }


class Prometheus:
    """A running server, asked over its HTTP API."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an instant query, each with `metric` and `value`."""
        data = await self.get("query", query=expression)
        result: list[dict[str, Any]] = data["result"]
        return result

    async def health(self) -> dict[str, str]:
        """What each target's last scrape came to, by component: `up`, or why not."""
        targets = (await self.get("targets", state="active"))["activeTargets"]
        return {one["labels"]["component"]: one["lastError"] or one["health"] for one in targets}

    async def judged(self) -> set[tuple[str, str]]:
        """Name and component of each alert that is pending or firing, once every rule was evaluated on a new scrape."""
        begun = time.time()
        await eventually(lambda: self._has_judged_since(begun))
        labels = [one["labels"] for one in (await self.get("alerts"))["alerts"]]
        return {(one["alertname"], one.get("component", "")) for one in labels if one["alertname"] not in OF_SPEED}

    async def judged_in_the_end(self) -> set[tuple[str, str]]:
        """As `judged`, once that is nothing or half a minute is over: on a busy machine a scrape may take too long."""
        with contextlib.suppress(AssertionError):
            await eventually(self._is_quiet, timeout_s=30.0)
            return set()
        return await self.judged()

    async def _is_quiet(self) -> bool:
        return not await self.judged()

    async def _has_judged_since(self, begun: float) -> bool:
        """Whether each group was evaluated after this time, and later than that scraped. A rule that errs fails."""
        groups = (await self.get("rules"))["groups"]
        assert groups, "there are no rules"
        errors = {rule["name"]: rule["lastError"] for group in groups for rule in group["rules"] if "lastError" in rule}
        assert errors == {}, errors
        return all(datetime.fromisoformat(group["lastEvaluation"]).timestamp() > begun + 1 for group in groups)

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
async def running_prometheus(folder: Path, ports: Mapping[str, int]) -> AsyncIterator[Prometheus]:
    """A server that scrapes these components, with its data in a folder of its own; it ends with the block."""
    config, data = folder / "prometheus.yml", folder / "prometheus"
    config.write_text(yaml.safe_dump(native_config(ports)), encoding="utf-8")
    (port,) = free_ports(1)
    command = [
        unpacked("prometheus", "prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with (folder / "prometheus.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(*tied(command, signal.SIGTERM), stdout=log, stderr=log)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            prometheus = Prometheus(client)
            await eventually(prometheus.is_ready)
            yield prometheus
    finally:
        process.terminate()
        await process.wait()


def _run(*command: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, input=given)
