"""The production shape, without containers: the services of docker-compose.yml as processes of their own.

Every command and variable is the file's; only hosts, ports and volume paths are replaced. Broker and database are real,
and so is the Prometheus that asks every service.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import httpx

from libs.contracts.paths import ACCOUNTS, FRONT, GATEWAY, ROUTES, TRACES
from libs.contracts.topics import CREDENTIALS, KEY_USES, Topic
from libs.eventlog.kafka import KafkaEventLog, KafkaSettings, users
from libs.eventlog.kafka.settings import KafkaAccess
from libs.eventlog.kafka.users import KafkaUser, Right
from libs.eventlog.port import Appended, Record
from tests.support.brokers import secured_broker
from tests.support.chart_setup import run_charts_setup
from tests.support.compose import COMPOSE_FILE, read_compose
from tests.support.containers import NAMES, Containers, stopping
from tests.support.examples import FIRST_EXAMPLE
from tests.support.prometheus import Prometheus, running_prometheus
from tests.support.waiting import eventually
from waymark.kafka_users import PASSWORD_FILE, user_of
from waymark.services import STORING

WITH_USERS = [service.name for service in STORING]
DOCUMENT = COMPOSE_FILE.parent / "docs/openapi.json"


def test_the_file_keeps_to_the_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE_FILE)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_service_has_its_container_and_the_edge_knows_it() -> None:
    services = read_compose()["services"]
    assert set(NAMES) <= services.keys()
    assert {route.service for route in ROUTES} <= {*NAMES, FRONT}
    assert set(services["edge"]["depends_on"]) == {*NAMES, FRONT}


async def test_a_record_goes_through_from_door_to_list(database_url: str, tmp_path: Path) -> None:
    """Each container's secrets are its own folder, as its volume is; the broker asks who is there.

    The chart's setup makes everything; Compose's runs after it, as at an upgrade, and changes nothing.
    """
    with secured_broker() as broker:
        async with stopping(Containers(broker, database_url, tmp_path)) as containers:
            await _give_right_of_earlier_release(broker.bootstrap_servers)
            await containers.make_secrets()
            await run_charts_setup(containers)
            first_key = containers.credentials["apiKey"]
            await containers.set_up()
            assert containers.credentials["apiKey"] == first_key
            await containers.start()
            assert list(containers.running) == [*NAMES, FRONT]
            ports = {name: first.port for name, (first, *_) in containers.running.items()}
            async with running_prometheus(tmp_path, ports) as prometheus:
                await _record_and_read(containers)
                await eventually(lambda: _is_up(prometheus, ports))
                assert await prometheus.judged_in_the_end() == set()
                await _only_accounts_writes_credentials(containers)
                await _read_the_documents(containers.url(FRONT))
                await containers.running[TRACES][0].stop()
                down = {("WaymarkDown", TRACES), ("WaymarkMemberDown", TRACES)}
                await eventually(lambda: _is_told(prometheus, down))


async def _is_up(prometheus: Prometheus, ports: Mapping[str, int]) -> bool:
    return await prometheus.health() == dict.fromkeys(ports, "up")


async def _is_told(prometheus: Prometheus, alerts: set[tuple[str, str]]) -> bool:
    return await prometheus.judged() == alerts


async def _give_right_of_earlier_release(bootstrap_servers: str) -> None:
    former = KafkaUser(user_of(GATEWAY), "former", [Right(users.TOPIC, CREDENTIALS.name, (users.WRITE,))])
    await users.ensure_users(KafkaSettings(bootstrap_servers=bootstrap_servers), [former])


async def _only_accounts_writes_credentials(containers: Containers) -> None:
    async def may_append(name: str, topic: Topic) -> bool:
        access = KafkaAccess.of(user_of(name), containers.secrets / name / PASSWORD_FILE, None)
        log = KafkaEventLog(KafkaSettings(bootstrap_servers=containers.clients_address, access=access))
        await log.start()
        (outcome,) = await log.append([Record(topic.name, "nothing:default:nothing", None, (), 1)])
        await log.stop()
        assert isinstance(outcome, Appended) or "TopicAuthorizationFailedError" in str(outcome), outcome
        return isinstance(outcome, Appended)

    assert [name for name in WITH_USERS if await may_append(name, CREDENTIALS)] == [ACCOUNTS]
    others = [name for name in WITH_USERS if name != ACCOUNTS]
    assert [name for name in WITH_USERS if await may_append(name, KEY_USES)] == others


async def _record_and_read(containers: Containers) -> None:
    async with containers.client() as client:
        posted = await client.post("/api/interactions", json=FIRST_EXAMPLE)
        assert posted.status_code == 201, posted.text
        seen = {"waymark-min-position": posted.headers["waymark-position"]}
        listed = await client.get("/api/interactions", headers=seen)
        assert listed.json()["pagination"]["total"] == 1, listed.text
        assert listed.json()["data"][0]["resourceTypeMnemonic"] == "ORDER"
        keys = await client.get("/api/keys")
        assert [key["label"] for key in keys.json()["data"]] == ["first key"]
        types = await client.get("/api/resource-types")
        assert "ORDER" in [item["mnemonic"] for item in types.json()]
        told = await client.get("/console/config.json")
        assert told.json() == {"version": version("waymark"), "grafanaUrl": "http://localhost:3000"}


async def _read_the_documents(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=30.0) as client:

        async def readiness() -> bool:
            return bool((await client.get("/readyz")).json() == {"status": "ready", "failing": {}})

        await eventually(readiness)
        assert (await client.get("/openapi.json")).json() == json.loads(DOCUMENT.read_bytes())
        assert "/docs/swagger-ui-bundle.js" in (await client.get("/docs")).text
