"""Kafka kept, the database lost or restored from an older backup: the start refuses and names the command, and after it
everything that was acknowledged is there once, numbers go on, and keys and items made after the backup work. Or the log
lost, and the database kept.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.objects.adoption import OutdatedDatabase
from libs.pg.database import Database
from libs.projections.rebuild.requests import request_rebuild
from services.accounts.operator import open_operator
from tests.support.commands import done, refused
from tests.support.installation import Installation, log_environment, running_installation
from tests.support.kafka import kafka_admin
from tests.support.postgres import TestServer
from tests.support.storm import Sender, check_everything, gaps
from tests.support.waiting import eventually

pytestmark = pytest.mark.kafka
_DISCARDED = """
INSERT INTO projections.discarded (service, name, log_id, topic, partition, "offset", reason)
SELECT 'queries', 'history', log_id, 'waymark.interactions.v1', 0, 0, 'a test' FROM projections.log
"""
ACTION = {"title": "Pack", "mnemonic": "PACK"}
SCHEMA = "/api/v1/event-types/order.packed/schema"


async def adopt(url: str, data_dir: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Run `waymark log adopt` over the database."""
    place = ("--database-url", url, "--data-dir", str(data_dir))
    found: dict[str, Any] = json.loads(await done("log", "adopt", "--json", *place, **environment))
    return found


async def create(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def send(client: httpx.AsyncClient, sender: Sender, records: int) -> None:
    """Let so many more be acknowledged."""
    sender.client = client
    await sender.run(len(sender.acknowledged) + records)


async def change_everything(client: httpx.AsyncClient, url: str, made: dict[str, Any]) -> dict[str, str]:
    """Objects made, changed and ended after the backup; the keys that have to work, by their tenants."""
    await client.delete(f"/api/keys/{made['key']['id']}")
    answer = await client.put(f"/api/actions/{made['action']['actionId']}", json=ACTION | {"title": "Packed"})
    assert answer.status_code == 200, answer.text
    await create(client, "/api/actions", {"title": "Lift", "mnemonic": "LIFT"})
    answer = await client.put(SCHEMA, json={"type": "object", "required": ["box"]})
    assert answer.is_success, answer.text
    later = await create(client, "/api/keys", {"label": "later", "roles": ["admin"]})
    async with open_operator(url) as operator:
        await operator.create_tenant("later")
        other = await operator.create_admin_key("later")
    return {"default": later["key"], "later": other}


async def status_of(client: httpx.AsyncClient) -> int | None:
    """Return the status of a read, None while the credentials of the log are not read to their end."""
    status = (await client.get("/api/actions")).status_code
    return None if status == 503 else status


async def check_objects(running: Installation, keys: dict[str, str], ended: str) -> None:
    """Everything made after the backup works, and what was ended stays so."""

    async def answers(key: str) -> bool:
        async with running.client(key) as client:
            return (await client.get("/api/actions")).is_success

    for key in keys.values():
        assert await eventually(partial(answers, key))
    async with running.client(ended) as client:
        assert await eventually(partial(status_of, client)) == 401
    async with running.client(keys["default"]) as client:
        actions = {one["mnemonic"]: one["title"] for one in (await client.get("/api/actions")).json()}
        event = {"eventType": "order.packed", "resourceType": "ORDER", "resourceId": "1", "payload": {}}
        refused = await client.post("/api/v1/events", json=event)
        assert (await client.get(SCHEMA)).json()["schema"]["required"] == ["box"]
    assert (actions["PACK"], actions["LIFT"]) == ("Packed", "Lift")
    assert refused.status_code == 422, refused.text


async def test_a_database_that_is_younger_than_its_log(
    postgres_server: TestServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    environment = log_environment("kafka", request) | {"WAYMARK_GATEWAY_LOG_SETTLE_S": "0.3"}
    url = await postgres_server.create_database()
    empty = await postgres_server.create_database()
    sender = Sender(httpx.AsyncClient())
    async with running_installation(url, tmp_path, environment) as running, running.client() as client:
        made = {
            "key": await create(client, "/api/keys", {"label": "ended", "roles": ["viewer"]}),
            "action": await create(client, "/api/actions", ACTION),
        }
        path, place = str(tmp_path / "one.backup"), ("--data-dir", str(tmp_path))
        await asyncio.gather(send(client, sender, 300), done("backup", path, "--database-url", url, *place))
        keys = await change_everything(client, url, made)
        await send(client, sender, 1_000)
    backup = await postgres_server.create_database()
    into = ("restore", path, "--database-url", backup, *place)
    assert "lies in Kafka" in await refused(*into)
    assert "belongs to the log" in await refused(*into, **{**environment, "WAYMARK_TOPIC_PREFIX": "another"})
    await done(*into, **environment)

    for younger in (backup, empty):
        with pytest.raises(OutdatedDatabase, match="waymark log adopt"):
            async with running_installation(younger, tmp_path, environment):
                pass
        adopted = await adopt(younger, tmp_path, environment)
        assert adopted["objects"]["api_key"] >= 2
        assert adopted["objects"]["tenant"] >= 1
        async with running_installation(younger, tmp_path, environment) as running, running.client() as client:
            await send(client, sender, 200)
            await check_objects(running, keys, made["key"]["key"])
            await check_everything(client, sender.acknowledged)
    for database in (url, backup, empty):
        await postgres_server.drop_database(database)


async def test_a_log_that_was_lost_under_its_database(
    database_url: str, kafka_bootstrap: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    environment = log_environment("kafka", request)
    sender = Sender(httpx.AsyncClient())
    async with running_installation(database_url, tmp_path, environment) as running, running.client() as client:
        await send(client, sender, 100)
        await check_everything(client, sender.acknowledged)
    lost = max(sender.acknowledged.values())
    async with kafka_admin(kafka_bootstrap) as admin:
        mine = [name for name in await admin.list_topics() if name.startswith(environment["WAYMARK_TOPIC_PREFIX"])]
        await admin.delete_topics(mine)

        async def are_gone() -> bool:
            return not set(mine) & set(await admin.list_topics())

        await eventually(are_gone)
    async with await Database.connect(database_url, role=None, application_name="test") as db:
        await request_rebuild(db, "queries", "history", reason="under way already")
        async with db.transaction() as conn:
            await conn.execute(_DISCARDED)

    adopted = await adopt(database_url, tmp_path, environment)

    async with await Database.connect(database_url, role=None, application_name="test") as db, db.transaction() as conn:
        assert await conn.fetchval("SELECT count(*) FROM projections.discarded") == 0
    assert {"numbers", "queries.history", "catalog.starter_sets"} <= set(adopted["startedAgain"])
    async with running_installation(database_url, tmp_path, environment) as running, running.client() as client:
        sender.acknowledged.clear()
        await send(client, sender, 100)
        assert min(sender.acknowledged.values()) == lost + 1

        async def is_known_to_be_lost() -> bool:
            return [(gap["first"], gap["last"], gap["state"]) for gap in await gaps(client)] == [(1, lost, "lost")]

        await eventually(is_known_to_be_lost, timeout_s=60.0)
