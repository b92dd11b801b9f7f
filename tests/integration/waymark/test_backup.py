"""A backup taken while everything runs, restored beside it: every object and every list as it was, numbers that go on,
and no more than that. The database's owner is no superuser.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from libs.pg.database import connect_once
from libs.pg.embedded import EmbeddedPostgres
from services.accounts.operator import open_operator
from tests.support.everything import Access, Answers, differences, log_in, read_everything
from tests.support.installation import Installation, log_environment, running_installation
from tests.support.postgres import embedded_server, with_database, with_login
from tests.support.storm import Sender, check_everything, listed
from tests.support.waiting import eventually
from waymark import cli
from waymark.backup.mark import RestoreNotEnded
from waymark.errors import CommandFailed

_OWNER = "shop"
_KEY = {"WAYMARK_SECRET_KEY": "a secret of the tests alone"}  # the one of `running_installation`
# Nothing changes by itself while two installations are compared.
_SETTINGS: Mapping[str, str] = {
    "WAYMARK_GATEWAY_LOG_SETTLE_S": "0.3",
    "WAYMARK_MONITORING_WATERMARK_MS": "100",
    "WAYMARK_MONITORING_EVALUATION_MS": "3600000",
}
_OBJECTS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("/api/keys", {"label": "till", "roles": ["viewer"]}),
    ("/api/actions", {"title": "Pack", "mnemonic": "PACK"}),
    ("/api/v1/auth/register", {"email": "ann@shop.example", "password": "correct horse", "roles": ["viewer"]}),
    ("/v1/webhooks", {"url": "https://hooks.example.com/a"}),
    ("/api/v1/providers", {"name": "app", "type": "twitter", "secrets": {"CONSUMER_KEY": "a", "CONSUMER_SECRET": "b"}}),
    ("/api/v1/integrations", {"name": "chat", "type": "slack", "secrets": {"ACCESS_TOKEN": "xoxb"}}),
)
_SCHEMA = "/api/v1/event-types/order.packed/schema"


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup, and what the installation answered and acknowledged before and after it was taken."""

    path: Path
    data_dir: Path
    url: str
    access: Access
    everything: Answers
    busy_key: str
    before: Mapping[str, int]
    acknowledged: Mapping[str, int]


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    with embedded_server() as running:
        yield running


async def database_of_owner(server: EmbeddedPostgres, name: str) -> str:
    """Make an empty database that belongs to a login which may create roles, and nothing more."""
    connection = await connect_once(server.url, application_name="test")
    try:
        if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", _OWNER):
            await connection.execute(f"CREATE ROLE {_OWNER} LOGIN CREATEROLE")
        await connection.execute(f'CREATE DATABASE "{name}" OWNER {_OWNER} TEMPLATE template0')
    finally:
        await connection.close()
    return with_login(with_database(server.url, name), _OWNER)


async def run(*arguments: str, **environment: str) -> Result:
    """Run a `waymark` command with the secret key of `running_installation`."""
    return await asyncio.to_thread(CliRunner().invoke, cli.app, list(arguments), env=_KEY | environment)


async def done(*arguments: str, **environment: str) -> str:
    """Run a `waymark` command; its standard output."""
    result = await run(*arguments, **environment)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


async def refused(*arguments: str, **environment: str) -> str:
    """Run a `waymark` command that is refused; the reason."""
    result = await run(*arguments, **environment)
    assert isinstance(result.exception, CommandFailed), (result.output, result.exception)
    return str(result.exception)


async def killed_while_restoring(path: Path, url: str) -> None:
    """Begin to restore in a process, and kill it once the first tables are there."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "waymark", "restore", str(path), "--database-url", url), env=dict(os.environ) | _KEY
    )
    connection = await connect_once(url, application_name="test")
    await eventually(lambda: connection.fetchval("SELECT to_regnamespace('catalog') IS NOT NULL"), interval_s=0.01)
    process.kill()
    await process.wait()
    await connection.close()


async def fill(running: Installation, access: Access) -> None:
    """Traffic of a shop with what it defines, and an object of each other kind."""
    await done("demo", "--visits", "20", "--data-dir", str(running.data_dir), WAYMARK_URL=running.url)
    async with httpx.AsyncClient(base_url=running.url, headers=access.by_token) as client:
        for path, body in _OBJECTS:
            answer = await client.post(path, json=body)
            assert answer.is_success, f"{path}: {answer.text}"
        assert (await client.put(_SCHEMA, json={"type": "object"})).is_success
        metrics = (await client.get("/api/v1/behavioral-metrics")).json()["data"]
        config = {"metricId": metrics[0]["id"], "operator": "gte", "value": 3}
        policy = {"name": "Enough", "ruleType": "metric_condition", "config": config}
        assert (await client.post("/api/v1/contact-policies", json=policy)).is_success


async def settled(running: Installation, access: Access) -> Answers:
    """Return everything once it stays as it is: the traffic is judged and counted, and its sessions have ended."""
    seen: list[Answers] = []

    async def stays() -> bool:
        seen.append(await read_everything(running.url, access))
        return len(seen) > 1 and not differences(seen[-2], seen[-1]) and not differences(seen[-1], seen[-2])

    await eventually(stays, timeout_s=60.0, interval_s=1.0)
    return seen[-1]


async def tenant_apart(running: Installation) -> str:
    """Return the key of a new tenant that may record."""
    async with open_operator(running.database_url) as operator:
        await operator.create_tenant("busy")
        key = await operator.create_admin_key("busy")

    async def may() -> bool:
        async with running.client(key) as client:
            return (await client.get("/api/actions")).is_success

    await eventually(may)
    return key


async def backed_up(running: Installation, sender: Sender, path: Path) -> dict[str, int]:
    """Take a backup while the sender goes on; what was acknowledged before."""
    sending = asyncio.create_task(sender.run(100_000))
    await sender.reached(300)
    before = dict(sender.acknowledged)
    await done("backup", str(path), "--database-url", running.database_url)
    await sender.reached(len(sender.acknowledged) + 100)
    sender.stopping = True
    await sending
    return before


@pytest.fixture(scope="module")
async def taken(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """A backup of an installation whose log lies in PostgreSQL, taken while one of its tenants records."""
    folder = tmp_path_factory.mktemp("backup")
    path, data_dir = folder / "one.backup", folder / "data"
    url = await database_of_owner(server, "shop")
    async with running_installation(url, data_dir, _SETTINGS) as running:
        access = await log_in(running.url, running.credentials)
        await fill(running, access)
        busy_key = await tenant_apart(running)
        everything = await settled(running, access)
        async with running.client(busy_key) as client:
            sender = Sender(client)
            before = await backed_up(running, sender, path)
    return Taken(path, data_dir, url, access, everything, busy_key, before, sender.acknowledged)


async def check_goes_on(client: httpx.AsyncClient, found: Mapping[str, int]) -> None:
    """Numbers go on above those that are there, none is given twice and none is left out."""
    again = Sender(client, acknowledged=dict(found))
    await again.run(len(found) + 300)
    await check_everything(client, again.acknowledged)


async def test_a_backup_under_writes_restores_all_that_it_holds(
    server: EmbeddedPostgres, taken: Taken, tmp_path: Path
) -> None:
    url = await database_of_owner(server, "restored")
    shutil.copytree(taken.data_dir, tmp_path, dirs_exist_ok=True)
    await killed_while_restoring(taken.path, url)
    with pytest.raises(RestoreNotEnded, match="waymark restore"):
        async with running_installation(url, tmp_path, _SETTINGS):
            pass

    await done("restore", str(taken.path), "--database-url", url)

    async with running_installation(url, tmp_path, _SETTINGS) as running, running.client(taken.busy_key) as client:
        assert differences(taken.everything, await read_everything(running.url, taken.access)) == []
        assert differences(await read_everything(running.url, taken.access), taken.everything) == []
        found = await listed(client)
        assert taken.before.items() <= found.items() <= taken.acknowledged.items()
        await check_goes_on(client, found)
        await log_in(running.url, running.credentials)


async def test_what_cannot_be_restored_is_refused_and_changes_nothing(
    server: EmbeddedPostgres, taken: Taken, tmp_path: Path
) -> None:
    assert taken.path.stat().st_mode & 0o777 == 0o600
    path, place = str(taken.path), ("--database-url", await database_of_owner(server, "untouched"))
    made = json.loads(await done("restore", "--check", "--json", path))
    assert (made["log"]["inBackup"], made["hasSecretKey"]) == (True, False)
    damaged = tmp_path / "damaged.backup"
    damaged.write_bytes(taken.path.read_bytes().replace(b"PK\x01\x02", b"PK\x01\x03", 1))
    cut = tmp_path / "cut.backup"
    cut.write_bytes(taken.path.read_bytes()[:-100])
    for expected, arguments, environment in (
        ("is not empty, it holds accounts", (path, "--database-url", taken.url), {}),
        ("log copy", (path, *place, "--kafka", "127.0.0.1:1"), {}),
        ("new,old", (path, *place), {"WAYMARK_SECRET_KEY": "not the key of the backup"}),
        ("secret.key", (path, *place, "--data-dir", str(tmp_path)), {"WAYMARK_SECRET_KEY": ""}),
        ("is no backup", (str(damaged), *place), {}),
        ("is no backup", (str(cut), *place), {}),
    ):
        assert expected in await refused("restore", *arguments, **environment)
    assert "exists" in await refused("backup", path, "--database-url", taken.url)
    connection = await connect_once(place[1], application_name="test")
    try:
        assert await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^public|^info'") == []
    finally:
        await connection.close()


@pytest.mark.kafka
async def test_with_kafka_what_the_log_has_newer_is_taken_up(
    server: EmbeddedPostgres, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    environment = {**log_environment("kafka", request), **_SETTINGS}
    url, fresh = await database_of_owner(server, "k"), await database_of_owner(server, "k_restored")
    path, data_dir = tmp_path / "one.backup", tmp_path / "data"
    async with running_installation(url, data_dir, environment) as running, running.client() as client:
        sender = Sender(client)
        await backed_up(running, sender, path)
        assert (await client.post("/api/actions", json=_OBJECTS[1][1])).is_success
    place = ("--database-url", fresh, "--data-dir", str(data_dir))
    assert "lies in Kafka" in await refused("restore", str(path), *place)
    other = {**environment, "WAYMARK_TOPIC_PREFIX": "another"}
    assert "belongs to the log" in await refused("restore", str(path), *place, **other)

    await done("restore", str(path), *place, **environment)
    await done("log", "adopt", *place, **environment)

    async with running_installation(fresh, data_dir, environment) as running, running.client() as client:
        await check_goes_on(client, sender.acknowledged)
        assert "PACK" in {one["mnemonic"] for one in (await client.get("/api/actions")).json()}
