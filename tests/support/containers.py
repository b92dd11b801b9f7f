"""The services of docker-compose.yml as processes of this machine, any number of copies of each, behind one client.

Every command and variable is the file's; only hosts, ports and volume paths are replaced. Broker and database are real,
and the broker asks who is there.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.kafka.broker import Broker, free_ports, tied
from libs.contracts.paths import FRONT, service_for
from libs.pg.login_urls import without_login
from tests.support.compose import Started, inherited_environment, waymark_services
from tests.support.logging_in import login_headers
from tests.support.waiting import eventually
from waymark.services import SERVICES

NAMES = tuple(service.name for service in SERVICES)
_DATABASES = {
    "postgresql://waymark@postgres:5432/waymark": lambda url: url,
    "postgresql://postgres:5432/waymark": without_login,
}


@dataclass
class Container:
    """One process of a container: `name` is its service's, `member` its own."""

    name: str
    member: str
    port: int
    started: Started
    log: Path
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        """Whether its process was started and has not ended."""
        return self.process is not None and self.process.returncode is None

    async def start(self, environment: Mapping[str, str]) -> None:
        """Start its process, with the variables of the file and these."""
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *tied(self.started.command, signal.SIGTERM),
                env=inherited_environment() | dict(self.started.environment) | dict(environment),
                stdout=output,
                stderr=output,
            )

    async def ended(self) -> int:
        """Return the exit code once the process has ended."""
        assert self.process is not None
        return await self.process.wait()

    async def stop(self) -> None:
        """End the process as a signal to the container does; nothing where it has ended."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    async def kill(self) -> None:
        """End the process by `kill -9`."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def ready(self) -> None:
        """Return once `/readyz` says so."""

        async def look() -> bool:
            async with httpx.AsyncClient(timeout=5.0) as client:
                return (await client.get(f"{self.url}/readyz")).is_success

        try:
            await eventually(look, timeout_s=180.0, interval_s=0.2)
        except AssertionError:
            code = None if self.process is None else self.process.returncode
            raise AssertionError(f"{self.member} is not ready ({code}):\n{self.log.read_text()[-4000:]}") from None


@dataclass
class Containers:
    """An installation of containers over `broker` and a database; `copies` of each service are started."""

    broker: Broker
    database_url: str
    directory: Path
    copies: int = 1
    running: dict[str, list[Container]] = field(default_factory=dict)

    @property
    def secrets(self) -> Path:
        """The folder with a folder of secrets for each container."""
        return self.directory / "secrets"

    @property
    def clients_address(self) -> str:
        """Where the broker asks who is there."""
        clients, _ = self.broker.settings.secured_ports or (0, 0)
        return f"127.0.0.1:{clients}"

    @property
    def credentials(self) -> dict[str, Any]:
        """What setup wrote."""
        found: dict[str, Any] = json.loads((self.directory / "credentials.json").read_bytes())
        return found

    async def make_secrets(self) -> None:
        """Run the container of secrets."""
        await self._run_to_the_end("secrets")

    async def set_up(self) -> None:
        """Run the container of setup; the secrets are there."""
        await self._run_to_the_end("setup")

    async def _run_to_the_end(self, name: str) -> None:
        (one,) = (started for started in self._started({}) if started.name == name)
        container = Container(name, name, 0, one, self.directory / f"{name}.log")
        await container.start({})
        assert await container.ended() == 0, container.log.read_text()

    async def start(self) -> None:
        """Start every service and the front, as often as there are copies, and return when all are ready."""
        for copy in range(1, self.copies + 1):
            ports = dict(zip((*NAMES, FRONT), free_ports(len(NAMES) + 1), strict=True))
            for one in self._started(ports)[2:]:
                member = one.name if copy == 1 else f"{one.name}-{copy}"
                log = self.directory / f"{member}.log"
                self.running.setdefault(one.name, []).append(Container(one.name, member, ports[one.name], one, log))
        for container in self.all():
            await self.begin(container)
        for container in self.all():
            await container.ready()

    async def begin(self, container: Container) -> None:
        """Start a container, or start it again in its former one's place."""
        urls = {name: self.running[name][0].url for name in NAMES}
        environment = {"WAYMARK_OTLP_GRPC_PORT": "0", "WAYMARK_SERVICE_URLS": json.dumps(urls)}
        if "WAYMARK_MEMBER" in container.started.environment:
            environment["WAYMARK_MEMBER"] = container.member
        await container.start(environment)

    async def stop(self) -> None:
        """Stop every service that runs."""
        await asyncio.gather(*(container.stop() for container in self.all()))

    def all(self) -> Iterator[Container]:
        """Yield every container of a service and of the front."""
        return itertools.chain.from_iterable(self.running.values())

    def url(self, name: str) -> str:
        """The address of the first container of a service."""
        return self.running[name][0].url

    def client(self) -> httpx.AsyncClient:
        """A client with the first key, of an edge that chooses the service by the declared routes."""
        headers = {"x-api-key": self.credentials["apiKey"]}
        return httpx.AsyncClient(base_url="http://edge", headers=headers, timeout=30.0, transport=_Edge(self.running))

    @asynccontextmanager
    async def user_client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client with the token of the first user, as `client` otherwise."""
        async with self.client() as client:
            headers = await login_headers(client, self.credentials)
            assert headers is not None
            del client.headers["x-api-key"]
            client.headers.update(headers)
            yield client

    def _started(self, ports: Mapping[str, int]) -> Sequence[Started]:
        replacements = {written: place(self.database_url) for written, place in _DATABASES.items()} | {
            "127.0.0.1:9091": self.broker.bootstrap_servers,
            "kafka:9092": self.clients_address,
            "/data": str(self.directory),
            "0.0.0.0": "127.0.0.1",
        }
        return waymark_services(replacements, ports, secrets=self.secrets)


class _Edge(httpx.AsyncBaseTransport):
    """Passes a request to the containers of its service in turn, past those that do not run."""

    def __init__(self, running: Mapping[str, Sequence[Container]]) -> None:
        self._running = running
        self._turn = itertools.count()
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        service = service_for(request.method, request.url.path)
        assert service is not None, request.url
        living = [one for one in self._running[service] if one.is_running]
        if not living:
            raise httpx.ConnectError(f"no container of {service} runs")
        request.url = request.url.copy_with(host="127.0.0.1", port=living[next(self._turn) % len(living)].port)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@asynccontextmanager
async def stopping(containers: Containers) -> AsyncIterator[Containers]:
    """Stop what runs of the containers at the end of the block."""
    try:
        yield containers
    finally:
        await containers.stop()
