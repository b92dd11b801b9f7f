"""What whoever judges records learns of definitions: each change at once, in order, and when a version ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from libs.pg.database import Database
from libs.telemetry.metrics import REGISTRY
from services.monitoring.definitions import store
from services.monitoring.definitions.model import MAX_WATERMARK_MS, Definition, VersionInForce
from services.monitoring.matches.versions import Versions
from tests.support.callers import Callers
from tests.support.monitoring.defining import URL, body, create, delete, get, patch

NOW_MS = 4_000_000_000_000
"""Long after every version of these tests, and after it may judge."""


async def since(db: Database, revision: int, *, oldest_ms: int = 0) -> Sequence[VersionInForce]:
    async with db.transaction(readonly=True) as conn:
        return await store.versions_since(conn, revision, oldest_ms=oldest_ms)


async def revision_of(db: Database) -> int:
    async with db.transaction(readonly=True) as conn:
        return await store.revision(conn)


def shapes(found: Sequence[VersionInForce]) -> list[tuple[int, int, bool, bool]]:
    """Id, version, whether anything followed, and whether the definition ended."""
    return [(one.definition_id, one.version, one.to_ms is not None, one.ended_ms is not None) for one in found]


async def test_a_change_is_seen_once_the_answer_is_there(client: httpx.AsyncClient, projector_db: Database) -> None:
    assert (await revision_of(projector_db), await since(projector_db, 0)) == (0, [])
    await create(client)
    (first,) = await since(projector_db, 0)
    details = await get(client)
    assert await revision_of(projector_db) == 1
    assert (first.tenant_id, first.definition_id, first.version, first.from_ms) == ("acme", 1, 1, details["updatedAt"])
    assert (first.definition.name, first.to_ms, first.ended_ms) == ("Checkout", None, None)
    assert await since(projector_db, 1) == []


async def test_a_version_comes_again_when_its_end_changed(client: httpx.AsyncClient, projector_db: Database) -> None:
    await create(client)
    await create(client, "Other")
    await patch(client, thresholdInMs=1)
    old, new = await since(projector_db, 2)
    assert shapes([old, new]) == [(1, 1, True, False), (1, 2, False, False)]
    assert old.to_ms == new.from_ms == (await get(client))["updatedAt"]

    await patch(client, status="STOPPED")
    stopped_at = (await get(client))["updatedAt"]
    ended = await since(projector_db, 3, oldest_ms=NOW_MS)
    assert shapes(ended) == [(1, 1, True, True), (1, 2, True, True)]
    assert [one.ended_ms for one in ended] == [stopped_at, stopped_at]
    assert old.to_ms == ended[0].to_ms
    await patch(client, status="RUNNING")
    assert shapes(await since(projector_db, 4, oldest_ms=NOW_MS)) == [(1, 4, False, False)]
    await delete(client)
    assert shapes(await since(projector_db, 5, oldest_ms=NOW_MS)) == [(1, 4, True, True)]
    assert shapes(await since(projector_db, 0, oldest_ms=NOW_MS)) == [(2, 1, False, False)]


async def test_a_version_may_judge_for_as_long_as_its_matches_can_go_on(
    client: httpx.AsyncClient, projector_db: Database
) -> None:
    steps = [{"name": name} for name in "ABC"]
    await create(client, events=steps, thresholdInMs=1_000)
    await patch(client, description="d")
    end = (await get(client))["updatedAt"]
    lasts = end + 2 * (1_000 + MAX_WATERMARK_MS)

    async def versions(oldest_ms: int) -> list[int]:
        return [one.version for one in await since(projector_db, 0, oldest_ms=oldest_ms)]

    assert [await versions(lasts - 1), await versions(lasts)] == [[1, 2], [2]]


async def test_no_version_judges_what_is_accepted_after_a_stop(
    client: httpx.AsyncClient, projector_db: Database
) -> None:
    await create(client)
    await patch(client, thresholdInMs=1)
    await patch(client, status="STOPPED")
    stopped_at = (await get(client))["updatedAt"]

    assert [one.version for one in await since(projector_db, 0, oldest_ms=stopped_at - 1)] == [1, 2]
    assert await since(projector_db, 0, oldest_ms=stopped_at) == []


async def test_a_change_that_changes_nothing_raises_no_revision(
    client: httpx.AsyncClient, projector_db: Database
) -> None:
    await create(client)
    await patch(client, thresholdInMs=60_000)
    assert await revision_of(projector_db) == 1


async def test_changes_of_all_tenants_follow_each_other(
    client: httpx.AsyncClient, callers: Callers, projector_db: Database
) -> None:
    requests = [
        client.post(URL, json=body(f"D{number}"), headers=callers.user(tenant_id=tenant_id))
        for number in range(10)
        for tenant_id in ("acme", "other")
    ]
    answers = await asyncio.gather(*requests)
    assert {answer.status_code for answer in answers} == {201}
    assert await revision_of(projector_db) == 20
    found = await since(projector_db, 0)
    assert [one.definition_id for one in found if one.tenant_id == "acme"] == list(range(1, 11))
    assert [len(await since(projector_db, revision)) for revision in (10, 19, 20)] == [10, 1, 0]


@pytest.mark.usefixtures("client")
async def test_versions_are_loaded_by_their_numbers(client: httpx.AsyncClient, projector_db: Database) -> None:
    await create(client)
    await patch(client, thresholdInMs=7)
    await delete(client)
    wanted = [("acme", 1, 1), ("acme", 1, 2), ("acme", 1, 3), ("acme", 9, 1), ("other", 1, 1)]
    async with projector_db.transaction(readonly=True) as conn:
        found = await store.load_versions(conn, wanted)
        assert await store.load_versions(conn, []) == {}
    assert {key: one.threshold_in_ms for key, one in found.items()} == {("acme", 1, 1): 60_000, ("acme", 1, 2): 7}
    assert all(isinstance(one, Definition) for one in found.values())


async def test_versions_that_the_database_lost_are_counted_once(
    client: httpx.AsyncClient, projector_db: Database
) -> None:
    await create(client)
    versions, before = Versions(), _missing()
    async with projector_db.transaction(readonly=True) as conn:
        for wanted in ([("acme", 1, 1)], [("acme", 1, 1), ("acme", 1, 2)], [("acme", 1, 2), ("acme", 2, 1)]):
            known = await versions.load(conn, wanted)
            assert list(known) == [key for key in wanted if key == ("acme", 1, 1)]
    assert _missing() - before == 2


def _missing() -> float:
    return REGISTRY.get_sample_value("waymark_monitoring_versions_missing_total") or 0.0
