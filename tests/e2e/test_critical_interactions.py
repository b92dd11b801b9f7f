"""Critical interactions of real histories: what git says itself comes of them, and the same after a rebuild."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.git_facts import git_facts
from tests.support.git_repository import make_large_repository
from tests.support.machine import MOSTLY_ON_POSTGRES, Machine
from tests.support.monitoring.defining import create, patch
from tests.support.monitoring.flows import FLOW, User, send
from tests.support.monitoring.plain_walk import Fact, plain
from tests.support.monitoring.watching import check_results, decided, health, results
from tests.support.records import now_ms

COMMITS = 400
SECOND_MS, HOUR_MS, DAY_MS = 1_000, 3_600_000, 86_400_000
RECENT_MS = (now_ms() // DAY_MS - 2) * DAY_MS
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


@MOSTLY_ON_POSTGRES
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


async def test_rebuilds_come_to_the_same_though_definitions_changed(machine: Machine, tenant_key: str) -> None:
    users = [User.made(f"r{n}", random.Random(n), flows=5, length=12, since_ms=now_ms() - DAY_MS) for n in range(4)]
    facts = [fact for user in users for fact in user.facts]
    thirds = [[fact for number, fact in enumerate(facts) if number % 12 // 4 == third] for third in range(3)]
    async with machine.user_client(tenant_key) as client:
        for name in ("Steady", "Changed"):
            await create(client, name, **FLOW)
        await sent_in_order(client, thirds[0])
        await patch(client, "Steady", uptimeUpperLimitInMs=7_200_000)
        await patch(client, "Changed", events=[{"name": "ORDER.UPDATE"}, {"name": "ORDER.MODIFIED"}])
        await sent_in_order(client, thirds[1])
        await patch(client, "Changed", status="STOPPED")
        await decided(client, "Steady", now_ms() + SECOND_MS)
        before = [await everything(client, name) for name in ("Steady", "Changed")]
        rebuilds = (machine.run("projections", "rebuild", f"monitoring.{model}") for model in ("matches", "health"))
        assert [code for code, _ in await asyncio.gather(*rebuilds)] == [0, 0]
        assert [await everything(client, name) for name in ("Steady", "Changed")] == before
        await sent_in_order(client, thirds[2])
        await decided(client, "Steady", now_ms())
        await check_results(client, "Steady", plain(FLOW, facts))


async def sent_in_order(client: httpx.AsyncClient, facts: Sequence[Fact]) -> None:
    """Send the facts of all flows side by side, those of each one after the other."""
    flows: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        flows[fact.properties["resourceId"]].append(fact)
    await User("all", list(flows.values())).run(client, lambda _: None)


async def everything(client: httpx.AsyncClient, name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The health of a critical interaction but for how fresh it is, and its results."""
    shown = await health(client, name, **{"from": RECENT_MS, "to": RECENT_MS + 9 * DAY_MS, "groupBy": "version"})
    return {key: value for key, value in shown.items() if key != "asOf"}, await results(client, name)


@MOSTLY_ON_POSTGRES
async def test_a_definition_judges_from_its_answer_on_and_until_it_is_stopped(
    machine: Machine, tenant_key: str
) -> None:
    rounds = range(12)
    judged = {"events": [{"name": "ORDER.CREATE"}], "correlationProperty": "resourceId"}
    async with machine.user_client(tenant_key) as client:
        for number in rounds:
            await send(client, [ordered(f"before {number}")])
            await create(client, f"Round {number}", **judged)
            await send(client, [ordered(f"within {number}")])
            await patch(client, f"Round {number}", status="STOPPED")
        await send(client, [ordered("after all")])
        await decided(client, "Round 0", now_ms())
        found = [[one["key"] for one in await results(client, f"Round {number}")] for number in rounds]
    assert found == [[f"resourceId:within {number}"] for number in rounds]


def ordered(resource_id: str) -> Fact:
    """An order that is created now."""
    return Fact("ORDER.CREATE", now_ms(), resource_id, {"resourceId": resource_id})
