"""The production shape, without containers: the services of docker-compose.yml as processes of their own.

Every command and variable is the file's; only hosts, ports and volume paths are replaced. Broker and database are real.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from deploy.kafka.broker import free_ports, tied
from libs.contracts.paths import ACCOUNTS, FRONT, GATEWAY, ROUTES
from libs.contracts.topics import CREDENTIALS, KEY_USES, Topic
from libs.eventlog.kafka import KafkaEventLog, KafkaSettings, users
from libs.eventlog.kafka.settings import KafkaAccess
from libs.eventlog.kafka.users import KafkaUser, Right
from libs.eventlog.port import Appended, Record
from libs.pg.login_urls import without_login
from tests.support.brokers import secured_broker
from tests.support.compose import COMPOSE_FILE, Started, inherited_environment, read_compose, waymark_services
from tests.support.examples import FIRST_EXAMPLE
from tests.support.waiting import eventually
from waymark.kafka_users import PASSWORD_FILE, user_of
from waymark.services import SERVICES, STORING

NAMES = [service.name for service in SERVICES]
WITH_USERS = [service.name for service in STORING]
DOCUMENT = COMPOSE_FILE.parent / "docs/openapi.json"
_DATABASES = {
    "postgresql://waymark@postgres:5432/waymark": lambda url: url,
    "postgresql://postgres:5432/waymark": without_login,
}


def test_the_file_keeps_to_the_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE_FILE)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_service_has_its_container_and_the_edge_knows_it() -> None:
    services = read_compose()["services"]
    assert set(NAMES) <= services.keys()
    assert {route.service for route in ROUTES} <= {*NAMES, FRONT}
    assert set(services["edge"]["depends_on"]) == {*NAMES, FRONT}


@asynccontextmanager
async def _process(started: Started, extra: dict[str, str], log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *tied(started.command, signal.SIGTERM),
            env=inherited_environment() | dict(started.environment) | extra,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _ready(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    async def look() -> bool:
        async with httpx.AsyncClient(timeout=5.0) as client:
            return (await client.get(f"{url}/readyz")).is_success

    try:
        await eventually(look, timeout_s=120.0, interval_s=0.2)
    except AssertionError:
        pytest.fail(f"{url} is not ready (exit code {process.returncode}):\n{log.read_text()[-4000:]}")


async def test_a_record_goes_through_from_door_to_list(database_url: str, tmp_path: Path) -> None:
    """Each container's secrets are its own folder, as its volume is; the broker asks who is there."""
    ports = dict(zip((*NAMES, FRONT), free_ports(len(NAMES) + 1), strict=True))
    places = {
        "WAYMARK_OTLP_GRPC_PORT": "0",
        "WAYMARK_SERVICE_URLS": json.dumps({name: f"http://127.0.0.1:{ports[name]}" for name in NAMES}),
    }
    with secured_broker() as broker:
        clients, _ = broker.settings.secured_ports or (0, 0)
        replacements = {written: place(database_url) for written, place in _DATABASES.items()} | {
            "127.0.0.1:9091": broker.bootstrap_servers,
            "kafka:9092": f"127.0.0.1:{clients}",
            "/data": str(tmp_path),
            "0.0.0.0": "127.0.0.1",
        }
        secrets, setup, *services = waymark_services(replacements, ports, secrets=tmp_path / "secrets")
        assert [service.name for service in services] == [*NAMES, FRONT]
        await _give_right_of_earlier_release(broker.bootstrap_servers)
        async with AsyncExitStack() as stack:
            for one_shot in (secrets, setup):
                log = tmp_path / f"{one_shot.name}.log"
                async with _process(one_shot, {}, log) as process:
                    assert await process.wait() == 0, log.read_text()
            logs = {service.name: tmp_path / f"{service.name}.log" for service in services}
            processes = {
                service.name: await stack.enter_async_context(_process(service, places, logs[service.name]))
                for service in services
            }
            for name, process in processes.items():
                await _ready(f"http://127.0.0.1:{ports[name]}", process, logs[name])
            await _record_and_read(tmp_path, ports)
            await _only_accounts_writes_credentials(f"127.0.0.1:{clients}", tmp_path / "secrets")
            await _read_the_documents(f"http://127.0.0.1:{ports[FRONT]}")


async def _give_right_of_earlier_release(bootstrap_servers: str) -> None:
    former = KafkaUser(user_of(GATEWAY), "former", [Right(users.TOPIC, CREDENTIALS.name, (users.WRITE,))])
    await users.ensure_users(KafkaSettings(bootstrap_servers=bootstrap_servers), [former])


async def _only_accounts_writes_credentials(bootstrap_servers: str, secrets: Path) -> None:
    async def may_append(name: str, topic: Topic) -> bool:
        access = KafkaAccess.of(user_of(name), secrets / name / PASSWORD_FILE, None)
        log = KafkaEventLog(KafkaSettings(bootstrap_servers=bootstrap_servers, access=access))
        await log.start()
        (outcome,) = await log.append([Record(topic.name, "nothing:default:nothing", None, (), 1)])
        await log.stop()
        assert isinstance(outcome, Appended) or "TopicAuthorizationFailedError" in str(outcome), outcome
        return isinstance(outcome, Appended)

    assert [name for name in WITH_USERS if await may_append(name, CREDENTIALS)] == [ACCOUNTS]
    others = [name for name in WITH_USERS if name != ACCOUNTS]
    assert [name for name in WITH_USERS if await may_append(name, KEY_USES)] == others


async def _record_and_read(data_dir: Path, ports: dict[str, int]) -> None:
    credentials = json.loads((data_dir / "credentials.json").read_bytes())
    headers = {"x-api-key": credentials["apiKey"]}
    async with httpx.AsyncClient(headers=headers, timeout=30.0) as client:
        posted = await client.post(f"http://127.0.0.1:{ports['gateway']}/api/interactions", json=FIRST_EXAMPLE)
        assert posted.status_code == 201, posted.text
        seen = {"waymark-min-position": posted.headers["waymark-position"]}
        listed = await client.get(f"http://127.0.0.1:{ports['queries']}/api/interactions", headers=seen)
        assert listed.json()["pagination"]["total"] == 1, listed.text
        assert listed.json()["data"][0]["resourceTypeMnemonic"] == "ORDER"
        keys = await client.get(f"http://127.0.0.1:{ports['accounts']}/api/keys")
        assert [key["label"] for key in keys.json()["data"]] == ["first key"]
        types = await client.get(f"http://127.0.0.1:{ports['catalog']}/api/resource-types")
        assert "ORDER" in [item["mnemonic"] for item in types.json()]
        told = await client.get(f"http://127.0.0.1:{ports['console']}/console/config.json")
        assert told.json() == {"version": version("waymark"), "grafanaUrl": None}


async def _read_the_documents(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=30.0) as client:
        assert (await client.get("/readyz")).json() == {"status": "ready", "failing": {}}
        assert (await client.get("/openapi.json")).json() == json.loads(DOCUMENT.read_bytes())
        assert "/docs/swagger-ui-bundle.js" in (await client.get("/docs")).text
