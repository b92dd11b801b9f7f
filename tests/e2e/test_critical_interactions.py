"""Critical interactions of an imported history, beside live records: what git says itself comes of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.git_facts import git_facts
from tests.support.git_repository import make_large_repository
from tests.support.machine import Machine
from tests.support.monitoring.defining import create
from tests.support.monitoring.flows import send
from tests.support.monitoring.plain_walk import Fact, plain
from tests.support.monitoring.watching import check_results, decided, now_ms

COMMITS = 400
HOUR_MS = 3_600_000
ADDED, MODIFIED, DELETED = ({"name": f"FILE.{action}"} for action in ("ADDED", "MODIFIED", "DELETED"))
GROWN = [{"name": "additions", "value": "1", "operator": "STARTSWITH"}]
DEFINITIONS: dict[str, dict[str, Any]] = {
    "a file is added then modified": {"events": [ADDED, MODIFIED], "correlationProperty": "resourceId"},
    "a file grows and is not deleted": {
        "events": [ADDED, {**DELETED, "isBlacklisted": True}, {**MODIFIED, "props": GROWN}, MODIFIED],
        "correlationProperty": "resourceId",
    },
    "an author comes back": {
        "events": [MODIFIED, ADDED],
        "globalBlacklistedEvents": [DELETED],
        "thresholdInMs": 2 * HOUR_MS,
        "correlationProperty": "userId",
    },
}


def body(name: str) -> dict[str, Any]:
    """What is posted of a definition, beside its name."""
    limits = {"uptimeLowerLimitInMs": HOUR_MS, "uptimeMidLimitInMs": 24 * HOUR_MS, "uptimeUpperLimitInMs": 72 * HOUR_MS}
    return {"thresholdInMs": 12 * HOUR_MS, **limits, **DEFINITIONS[name]}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_large_repository(tmp_path_factory.mktemp("git") / "history", commits=COMMITS)


async def test_an_imported_history_comes_to_what_git_says_beside_live_records(
    machine: Machine, tenant_key: str, repository: Path
) -> None:
    async with machine.user_client(tenant_key) as client:
        for name in DEFINITIONS:
            await create(client, name, **body(name))
        importing = asyncio.create_task(machine.run("import", "git", str(repository), "--json", key=tenant_key))
        live: list[Fact] = []
        while not importing.done():
            live += await posted_live(client, len(live))
        code, out = await importing
        assert code == 0, out
        facts = git_facts(repository) + live
        assert live
        by_ms = now_ms()
        for name in DEFINITIONS:
            await decided(client, name, by_ms)
            expected = plain(body(name), facts)
            await check_results(client, name, expected)


async def posted_live(client: httpx.AsyncClient, number: int) -> list[Fact]:
    """Add and modify a file of a live author now; returns the facts."""
    facts = []
    for action in ("ADDED", "MODIFIED"):
        properties = {"resourceId": f"live/{number}", "userId": f"live-{number % 3}@example.com"}
        facts.append(Fact(f"FILE.{action}", now_ms(), f"live-{number}", properties))
    await send(client, facts)
    return facts
