"""The whole installation inside the test's process: every service's API behind the one address, on a socket, and every
consumer, after the first setup. What `waymark up` adds, processes and their supervision, is what `machine` is for.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.kafka.broker import free_ports
from libs.eventlog.open import open_log
from libs.httpkit.app import create_app
from libs.service.process import Readiness
from libs.service.worker import Worker
from tests.support.kafka import new_topic_prefix
from tests.support.listening import listening
from tests.support.logging_in import login_headers
from tests.support.logs import EITHER_LOG
from tests.support.postgres import TestServer
from tests.support.waiting import eventually
from waymark import services
from waymark.child import compose
from waymark.remote import WORKERS, workers_text
from waymark.settings import MachineSettings
from waymark.setup import run_setup


@dataclass
class Installation:
    """Where an installation is, and the credentials of its first tenant."""

    data_dir: Path
    port: int
    database_url: str = ""

    @property
    def url(self) -> str:
        """The one address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def credentials(self) -> dict[str, Any]:
        """What the first start wrote."""
        found: dict[str, Any] = json.loads((self.data_dir / "credentials.json").read_bytes())
        return found

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        """An HTTP client with a key, the first one unless another is given."""
        headers = {"x-api-key": key or self.credentials["apiKey"]}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30.0)

    @asynccontextmanager
    async def user_client(self, key: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """An HTTP client with the token of a new administrator, of the tenant that the admin key is of."""
        email, password = f"{uuid.uuid4().hex}@example.com", "correct horse battery"
        async with self.client(key) as admin:
            login = {"email": email, "password": password}
            registered = await admin.post("/api/v1/auth/register", json={**login, "roles": ["admin"]})
            assert registered.status_code == 201, registered.text
            headers = await eventually(lambda: login_headers(admin, login))
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30.0) as client:
            yield client


def log_environment(log: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings that choose a log; each installation on Kafka has topics of its own."""
    if log == "postgres":
        return {}
    bootstrap = request.getfixturevalue("kafka_bootstrap")
    return {"WAYMARK_KAFKA_BOOTSTRAP_SERVERS": bootstrap, "WAYMARK_TOPIC_PREFIX": new_topic_prefix()}


@asynccontextmanager
async def running_installation(
    database_url: str, data_dir: Path, environment: Mapping[str, str]
) -> AsyncIterator[Installation]:
    """An installation on an empty database, ready."""
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            _set_all(patch, environment)
            (port,) = free_ports(1)
            settings = MachineSettings(
                data_dir=data_dir, port=port, database_url=database_url, secret_key="a secret of the tests alone"
            )
            settings = await run_setup(settings)
            _set_all(patch, settings.environment())
            worker = await stack.enter_async_context(await _worker(stack, settings))
            private = Readiness(create_app("projections", routers=()), worker)
            url = await stack.enter_async_context(listening(private))
            _set_all(patch, {WORKERS: workers_text({"projections": url})})
            await stack.enter_async_context(listening(compose(), port=port))
        installation = Installation(data_dir, port, database_url)
        async with httpx.AsyncClient(base_url=installation.url) as client:
            await eventually(lambda: _is_ready(client), timeout_s=60.0)
        yield installation


def _set_all(patch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        patch.setenv(name, value)


async def _worker(stack: AsyncExitStack, settings: MachineSettings) -> Worker:
    log = await open_log(settings)
    await log.start()
    stack.push_async_callback(log.stop)
    jobs = [job for worker in services.worker_names() for job in services.work_of(worker)[1]]
    return Worker(log, services.consumers(), jobs, url_as=settings.url_as, member="tests")


async def _is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).is_success


@pytest.fixture(scope="module", params=EITHER_LOG)
async def installation(
    request: pytest.FixtureRequest, postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    """An installation on either log, shared by the tests of a module."""
    environment = log_environment(request.param, request)
    async with _installed(postgres_server, tmp_path_factory, environment) as running:
        yield running


@pytest.fixture(scope="module")
async def postgres_installation(
    postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    """An installation whose log is in PostgreSQL, shared by the tests of a module."""
    async with _installed(postgres_server, tmp_path_factory, {}) as running:
        yield running


@asynccontextmanager
async def _installed(
    server: TestServer, factory: pytest.TempPathFactory, environment: Mapping[str, str]
) -> AsyncIterator[Installation]:
    async with (
        server.database() as url,
        running_installation(url, factory.mktemp("installation"), environment) as running,
    ):
        yield running
