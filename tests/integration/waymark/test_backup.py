"""A backup taken while everything runs, restored beside it: every object and every list as it was, numbers that go on,
and no more than that. The database's owner is no superuser.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import zipfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from libs.pg.database import Connection, connect_once
from libs.pg.embedded import EmbeddedPostgres
from services.accounts.operator import open_operator
from tests.support.commands import SECRET_KEY, done, refused
from tests.support.everything import Access, Answers, differences, log_in, read_everything
from tests.support.installation import Installation, running_installation
from tests.support.postgres import database_name, embedded_server, with_database, with_login
from tests.support.storm import Sender, check_everything, listed
from tests.support.waiting import eventually
from waymark.backup.manifest import read_manifest
from waymark.backup.taking import take_backup
from waymark.backup.unfinished import RestoreNotEnded
from waymark.progress import Bar
from waymark.settings import MachineSettings
from waymark.setup import run_setup

_OWNER = "shop"
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
_SINCE = ("monitoring.webhook", "monitoring.alert")
_ALL_TABLES = """
SELECT schemaname || '.' || tablename AS name FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
_HIDDEN_ROWS = """
SELECT relnamespace::regnamespace::text, relname, relrowsecurity, relforcerowsecurity
FROM pg_class WHERE relkind = 'r' AND relpersistence = 'p' ORDER BY 1, 2
"""
_LEFT_OUT = {"log.members", "log.assignments", "projections.rebuilds"}
_ADD_COLUMN = "ALTER TABLE catalog.items ADD COLUMN later int"
_DISCARDED = """
INSERT INTO projections.discarded (service, name, log_id, topic, partition, "offset", reason)
SELECT 'queries', 'history', log_id, 'waymark.interactions.v1', 0, {}, 'a test' FROM projections.log
"""
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


@asynccontextmanager
async def superuser(server: EmbeddedPostgres, url: str) -> AsyncIterator[Connection]:
    """Yield a connection to the owner's database that sees every row."""
    connection = await connect_once(with_database(server.url, database_name(url)), application_name="test")
    try:
        yield connection
    finally:
        await connection.close()


async def database_of_owner(server: EmbeddedPostgres, name: str, *, encoding: str = "UTF8") -> str:
    """Make an empty database that belongs to a login which may create roles, and nothing more."""
    connection = await connect_once(server.url, application_name="test")
    try:
        if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", _OWNER):
            await connection.execute(f"CREATE ROLE {_OWNER} LOGIN CREATEROLE")
        await connection.execute(
            f"CREATE DATABASE {name} OWNER {_OWNER} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'"
        )
    finally:
        await connection.close()
    return with_login(with_database(server.url, name), _OWNER)


async def killed_while_restoring(path: Path, url: str) -> None:
    """Begin to restore in a process, and kill it once the first tables are there."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "waymark", "restore", str(path), "--database-url", url),
        env=dict(os.environ) | SECRET_KEY,
    )
    connection = await connect_once(url, application_name="test")
    await eventually(lambda: connection.fetchval("SELECT to_regnamespace('catalog') IS NOT NULL"), interval_s=0.01)
    process.kill()
    await process.wait()
    await connection.close()


async def fill(running: Installation, access: Access) -> None:
    """Traffic of a shop with what it defines, and an object of each other kind."""
    await done("demo", "--visits", "10", "--data-dir", str(running.data_dir), WAYMARK_URL=running.url)
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

    await eventually(stays, timeout_s=60.0, interval_s=0.5)
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
    try:
        await sender.reached(300)
        before = dict(sender.acknowledged)
        await done("backup", str(path), "--database-url", running.database_url)
        await sender.reached(len(sender.acknowledged) + 100)
    finally:
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

    async with superuser(server, taken.url) as before, superuser(server, url) as restored:
        assert await restored.fetch(_HIDDEN_ROWS) == await before.fetch(_HIDDEN_ROWS)
    async with running_installation(url, tmp_path, _SETTINGS) as running, running.client(taken.busy_key) as client:
        after = await read_everything(running.url, taken.access)
        assert [*differences(taken.everything, after), *differences(after, taken.everything)] == []
        found = await listed(client)
        assert taken.before.items() <= found.items() <= taken.acknowledged.items()
        await check_goes_on(client, found)
        await log_in(running.url, running.credentials)


class Interfering(Bar):
    """Changes the database once its tables are listed, and again once the first of them is read."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._to_do = {"listed": _ADD_COLUMN, "reading": _DISCARDED.format(2)}
        self.waits = False

    def total(self, units: int) -> None:
        self._do("listed")

    def at(self, units: int, recorded: int) -> None:
        self._do("reading")
        if not self.waits:
            with pytest.raises(asyncpg.LockNotAvailableError):
                elsewhere(
                    self._url, "SET lock_timeout = '10ms'; ALTER TABLE projections.discarded ADD COLUMN later int"
                )
            self.waits = True

    def _do(self, what: str) -> None:
        if statement := self._to_do.pop(what, None):
            elsewhere(self._url, statement)


def elsewhere(url: str, statements: str) -> None:
    """Execute on another connection, while the caller waits."""

    async def execute() -> None:
        connection = await connect_once(url, application_name="test")
        try:
            await connection.execute(statements)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, execute()).result()


async def test_a_backup_has_every_row_of_one_moment_and_hides_none_from_an_owner_who_is_no_superuser(
    server: EmbeddedPostgres, taken: Taken, tmp_path: Path
) -> None:
    path = tmp_path / "two.backup"
    async with superuser(server, taken.url) as connection:
        await connection.execute(_DISCARDED.format(1))
        tables = {row["name"] for row in await connection.fetch(_ALL_TABLES)}
        counts = {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in tables}
        bar = Interfering(with_database(server.url, database_name(taken.url)))
        # A login may have limits, which a backup has to outlast.
        await connection.execute(f"ALTER ROLE {_OWNER} SET idle_in_transaction_session_timeout = '1ms'")
        settings = MachineSettings(data_dir=tmp_path, database_url=taken.url)
        made = await take_backup(settings, path, with_secret_key=False, bar=bar)
        await connection.execute(f"ALTER ROLE {_OWNER} RESET ALL")
    kept = Counter[str]()
    for table in made.tables:
        kept[table.table] += table.rows
    assert bar.waits
    assert kept == {name: counts[name] for name in kept}
    assert (kept["monitoring.webhooks"], kept["projections.discarded"]) == (1, 1)
    assert {name for name in tables - kept.keys() if not name.endswith(".schema_version")} == _LEFT_OUT
    assert "later" in next(one for one in made.tables if one.table == "catalog.items").columns


async def test_older_schemas_and_read_models_are_brought_forward_by_setup(
    server: EmbeddedPostgres, taken: Taken, tmp_path: Path
) -> None:
    older, url = tmp_path / "older.backup", await database_of_owner(server, "older")
    with zipfile.ZipFile(taken.path) as source, zipfile.ZipFile(older, "w") as target:
        manifest = read_manifest(source.read("manifest.json"))
        models = tuple(msgspec.structs.replace(one, version=one.version - 1) for one in manifest.models)
        # The webhooks' tables came with 0004, those of alerts with 0005: without these, it is a backup of then.
        tables = tuple(one for one in manifest.tables if not one.table.startswith(_SINCE))
        revisions = {**manifest.revisions, "monitoring": "0003"}
        changes = {"models": models, "tables": tables, "revisions": revisions, "has_secret_key": True}
        for table in tables:
            target.writestr(table.file, source.read(table.file))
        target.writestr("secret.key", SECRET_KEY["WAYMARK_SECRET_KEY"])
        target.writestr("manifest.json", msgspec.json.encode(msgspec.structs.replace(manifest, **changes)))
    into = ("--database-url", url, "--data-dir", str(tmp_path))
    await done("restore", str(older), *into, WAYMARK_SECRET_KEY="")
    assert (tmp_path / "secret.key").read_text() == SECRET_KEY["WAYMARK_SECRET_KEY"]
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    async with superuser(server, url) as connection:
        assert await connection.fetchval("SELECT version_num FROM monitoring.schema_version") == "0003"
        assert {row["version"] for row in await connection.fetch("SELECT version FROM projections.generations")} == {0}
        assert await connection.fetchval("SELECT count(*) FROM queries_history_g1.interactions") == 0
        assert await connection.fetchval("SELECT sum(next_offset) FROM queries_history_g1.positions") > 0
        await run_setup(MachineSettings(data_dir=tmp_path, database_url=url))
        assert await connection.fetchval("SELECT count(*) FROM monitoring.webhooks") == 0
        assert await connection.fetchval("SELECT count(*) FROM monitoring.slos") == 1


async def test_what_cannot_be_restored_is_refused_and_changes_nothing(
    server: EmbeddedPostgres, taken: Taken, tmp_path: Path
) -> None:
    assert taken.path.stat().st_mode & 0o777 == 0o600
    path, place = str(taken.path), ("--database-url", await database_of_owner(server, "untouched"))
    latin = await database_of_owner(server, "latin", encoding="LATIN1")
    made = json.loads(await done("restore", "--check", "--json", path))
    assert (made["log"]["inBackup"], made["hasSecretKey"]) == (True, False)
    damaged = tmp_path / "damaged.backup"
    damaged.write_bytes(taken.path.read_bytes().replace(b"PK\x01\x02", b"PK\x01\x03", 1))
    cut = tmp_path / "cut.backup"
    cut.write_bytes(taken.path.read_bytes()[:-100])
    for expected, arguments, environment in (
        ("is not empty, it holds accounts", (path, "--database-url", taken.url), {}),
        ("encoding is LATIN1", (path, "--database-url", latin), {}),
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
