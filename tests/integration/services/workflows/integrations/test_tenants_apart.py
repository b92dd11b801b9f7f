"""Row-level security keeps providers and integrations of tenants apart where a statement does not name the tenant."""

from __future__ import annotations

import httpx
import pytest

from libs.pg.database import Database
from services.workflows.family import INTEGRATIONS_PATH, PROVIDERS_PATH
from services.workflows.integrations import store
from tests.support.callers import Callers
from tests.support.objects import assert_forced_and_led_by_the_tenant, assert_only_own_rows_are_seen
from tests.support.unfiltered import unfiltered

SECRETS = {"CONSUMER_KEY": "k", "CONSUMER_SECRET": "s"}
APP = {"name": "app", "type": "twitter", "secrets": SECRETS}
CHAT = {"name": "chat", "type": "slack", "secrets": {"ACCESS_TOKEN": "xoxb"}}


@pytest.mark.parametrize("filtered", [True, False])
async def test_a_foreign_name_finds_nothing_on_any_route(
    admin: httpx.AsyncClient,
    callers: Callers,
    request_db: Database,
    projector_db: Database,
    monkeypatch: pytest.MonkeyPatch,
    filtered: bool,
) -> None:
    if not filtered:
        monkeypatch.setattr(store, "QUERIES", unfiltered(store.QUERIES))
    other = callers.user("admin", "other")
    for path, body in ((PROVIDERS_PATH, APP), (INTEGRATIONS_PATH, CHAT)):
        url = f"{path}/{body['name']}"
        before = (await admin.post(path, json=body)).json()
        answers = [
            await admin.get(url, headers=other),
            await admin.put(url, json={"secrets": body["secrets"]}, headers=other),
            await admin.delete(url, headers=other),
            await admin.post(f"{url}/test", headers=other),
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
        assert (await admin.get(path, headers=other)).json()["data"] == []
        assert (await admin.post(path, json=body, headers=other)).status_code == 201
        assert (await admin.get(url)).json() == before
    ours = {"name": "ours", "type": "twitter", "provider": "their-app", "secrets": {"ACCESS_TOKEN": "t"}}
    assert (await admin.post(PROVIDERS_PATH, json=APP | {"name": "their-app"}, headers=other)).status_code == 201
    assert (await admin.post(INTEGRATIONS_PATH, json=ours)).status_code == 422
    await assert_only_own_rows_are_seen(request_db, "workflows.accounts", "acme")
    await assert_forced_and_led_by_the_tenant(projector_db, "workflows.accounts")
