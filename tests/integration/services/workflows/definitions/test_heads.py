"""Workflows as those find them who run them: by name, in one look at a time, and compiled once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from libs.pg.database import Database, Row
from services.workflows.definitions.compiled import CompiledWorkflow
from services.workflows.definitions.heads import Heads
from services.workflows.definitions.uses import uses_of
from services.workflows.definitions.versions import VersionMissing, Versions
from services.workflows.task_types.registry import built_in_types
from tests.support.callers import Callers
from tests.support.workflows.over_http import (
    PURE,
    TYPES_URL,
    WORKFLOWS_URL,
    activate,
    create_type,
    create_workflow,
    type_body,
)

TASKS = {
    "Tax": {"type": "Add tax", "body": {"amount": 3}},
    "Each": {"type": "for-each", "body": {"items": [1], "do": {"type": "add-tax", "body": {"amount": 3}}}},
}


class Counted:
    """A database that counts the statements of its reads; each waits until it is let go."""

    def __init__(self, db: Database, *, open_: bool) -> None:
        self.db = db
        self.looks = 0
        self.began, self.gate = asyncio.Event(), asyncio.Event()
        if open_:
            self.gate.set()

    async def fetch(self, statement: str, *parameters: object) -> list[Row]:
        self.looks += 1
        self.began.set()
        await self.gate.wait()
        return await self.db.fetch(statement, *parameters)


async def find_all(heads: Heads, names: Iterable[str]) -> list[Any]:
    return await asyncio.gather(*(heads.find("acme", name) for name in names))


async def test_a_head_has_what_a_session_begins_with(
    client: httpx.AsyncClient, callers: Callers, projector_db: Database
) -> None:
    heads = Heads(projector_db)
    await create_type(client)
    made = await create_workflow(client, tasks={"Each": TASKS["Each"]}, access="viewer", maxSessions=3)
    await client.put(f"{TYPES_URL}/add-tax", json=type_body(description="newer"))
    await client.put(f"{WORKFLOWS_URL}/order-paid", json={"tasks": PURE})
    head = await heads.find("acme", "Order-PAID")
    first = await heads.find("acme", "order-paid", 1)

    assert head is not None
    assert first is not None
    assert (head.id, head.name, head.active, head.active_version) == (made["id"], "order-paid", False, None)
    assert (head.version, head.run_version, head.access, head.task_types) == (2, 2, "editor", {})
    assert (first.version, first.run_version, first.access, first.max_sessions) == (2, 1, "viewer", 3)
    assert first.task_types == {"add-tax": 2}
    await activate(client, version=1)
    active = await heads.find("acme", "order-paid")
    assert active is not None
    assert (active.active, active.active_version, active.run_version) == (True, 1, 1)
    assert await heads.find("acme", "order-paid", 3) is None
    assert await heads.find("other", "order-paid") is None
    await client.delete(f"{WORKFLOWS_URL}/order-paid")
    assert await heads.find("acme", "order-paid") is None


async def test_whoever_asks_while_a_look_is_under_way_shares_the_next(
    client: httpx.AsyncClient, projector_db: Database
) -> None:
    await create_workflow(client)
    db = Counted(projector_db, open_=False)
    heads = Heads(db)  # type: ignore[arg-type]
    first = asyncio.create_task(find_all(heads, ["order-paid"] * 3))
    await db.began.wait()
    await client.delete(f"{WORKFLOWS_URL}/order-paid")
    later = [asyncio.create_task(find_all(heads, ["order-paid", name] * 20)) for name in ("another", "third")]
    for _ in range(3):
        await asyncio.sleep(0)
    latest = asyncio.create_task(heads.find("acme", "fourth"))
    db.gate.set()

    assert await first == [None] * 3
    assert await asyncio.gather(*later, latest) == [[None] * 40, [None] * 40, None]
    assert db.looks == 2


async def test_a_version_is_compiled_once_with_its_own_types(client: httpx.AsyncClient, projector_db: Database) -> None:
    await create_type(client)
    made = await create_workflow(client, tasks=TASKS)
    db = Counted(projector_db, open_=True)
    versions = Versions(db, built_in_types())  # type: ignore[arg-type]

    async def compiled(**types: int) -> CompiledWorkflow:
        return await versions.compiled("acme", made["id"], 1, {name.replace("_", "-"): n for name, n in types.items()})

    one, same = await asyncio.gather(compiled(add_tax=1), compiled(add_tax=1))
    assert one is same is await compiled(add_tax=1)
    assert db.looks == 1
    assert one.tasks["Tax"].type.face.title == "Add tax"
    await client.put(f"{TYPES_URL}/add-tax", json=type_body(title="Add much"))
    assert (await compiled(add_tax=2)).tasks["Each"].type.face.type == "for-each"
    with pytest.raises(VersionMissing):
        await compiled(add_tax=3)
    with pytest.raises(VersionMissing):
        await versions.compiled("other", made["id"], 1, {"add-tax": 1})


async def test_what_is_used_longest_ago_is_dropped(client: httpx.AsyncClient, projector_db: Database) -> None:
    made = await create_workflow(client)
    await client.put(f"{WORKFLOWS_URL}/order-paid", json={"tasks": PURE, "description": "longer"})
    db = Counted(projector_db, open_=True)
    versions = Versions(db, built_in_types(), kept_bytes=100)  # type: ignore[arg-type]
    for number in (1, 1, 2, 2, 1):
        await versions.compiled("acme", made["id"], number, {})
    assert db.looks == 3


async def test_an_integration_is_used_by_active_versions_alone(
    client: httpx.AsyncClient, projector_db: Database
) -> None:
    tasks = {"Call": {"type": "http-request", "integration": "Shop", "body": {"url": "https://shop.example"}}}
    await create_workflow(client, tasks=tasks)
    async with projector_db.transaction() as conn:
        assert await uses_of(conn, "acme", "shop") == []
        await conn.execute("UPDATE workflows.definitions SET active = true, active_version = 1")
        assert await uses_of(conn, "acme", "SHOP") == ["order-paid"]
        assert await uses_of(conn, "other", "shop") == []
