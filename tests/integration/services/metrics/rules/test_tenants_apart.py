"""Row-level security keeps tenants' rules apart also where a statement forgets to name the tenant."""

from __future__ import annotations

import httpx
import pytest

from libs.pg.database import Database
from services.metrics.rules import store
from services.metrics.rules.kinds import CONTACT_POLICY
from services.metrics.rules.store import QUERIES
from tests.support.callers import Callers
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.rules import Rules
from tests.support.objects import assert_forced_and_led_by_the_tenant, assert_only_own_rows_are_seen
from tests.support.unfiltered import unfiltered


@pytest.mark.parametrize("filtered", [True, False])
async def test_a_foreign_id_finds_nothing_on_any_route(
    client: httpx.AsyncClient,
    callers: Callers,
    definitions: Definitions,
    projector_db: Database,
    monkeypatch: pytest.MonkeyPatch,
    filtered: bool,
) -> None:
    if not filtered:
        monkeypatch.setattr(store, "QUERIES", unfiltered(QUERIES))
    rules = Rules(CONTACT_POLICY, client, (await definitions.create()).id)
    made = await rules.create()
    path, other = rules.kind.path, callers.user("admin", "other")
    answers = [
        await client.get(f"{path}/{made['id']}", headers=other),
        await client.put(path, json={"id": made["id"], "priority": 1}, headers=other),
        await client.delete(path, params={"id": made["id"]}, headers=other),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert (await client.get(path, headers=other)).json() == {
        "data": [],
        "total": 0,
        "hasMore": False,
        "nextCursor": None,
    }
    assert (await client.post(path, json=rules.body(), headers=other)).status_code == 422
    assert (await rules.page())["data"] == [made]
    await assert_only_own_rows_are_seen(definitions.db, "rules", "acme")
    await assert_forced_and_led_by_the_tenant(projector_db, "metrics.rules")
