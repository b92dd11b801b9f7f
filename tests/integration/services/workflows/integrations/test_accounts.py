"""Providers and integrations over HTTP: made, found, changed, tested, deleted, and refused at their place."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from libs.pg.database import Database
from libs.vault.vault import Vault, WrongSecretKey
from services.workflows.family import INTEGRATION_TYPES_PATH, INTEGRATIONS_PATH, PROVIDERS_PATH, WORKFLOWS_PATH
from services.workflows.integrations.connecting import Connections
from services.workflows.integrations.renewal import renew_secrets
from services.workflows.integrations.types.registry import TYPES
from services.workflows.task_types.model import TaskFailed
from tests.support.accounts import SECRET_KEY
from tests.support.callers import Callers
from tests.support.far_hosts import answering, far_host

APP = {"name": "our-app", "type": "twitter", "secrets": {"CONSUMER_KEY": "app-key", "CONSUMER_SECRET": "app-hidden"}}
OURS = {
    "name": "Ours",
    "type": "twitter",
    "provider": "OUR-APP",
    "secrets": {"ACCESS_TOKEN": "token-hidden", "ACCESS_TOKEN_SECRET": "secret-hidden"},
}
MAIL = {
    "name": "mail",
    "type": "smtp",
    "settings": {"host": "mail.example", "from": "Shop <shop@shop.example>"},
    "secrets": {"USERNAME": "shop", "PASSWORD": "mail-hidden"},
}
SLACK = {"name": "chat", "type": "slack", "secrets": {"ACCESS_TOKEN": "xoxb-hidden"}}


async def made(admin: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await admin.post(path, json=body)
    assert answer.status_code == 201, answer.text
    assert "hidden" not in answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_an_integration_is_made_with_its_provider_and_shows_no_secret(admin: httpx.AsyncClient) -> None:
    provider = await made(admin, PROVIDERS_PATH, APP)
    ours = await made(admin, INTEGRATIONS_PATH, OURS)
    got = await admin.get(f"{INTEGRATIONS_PATH}/OURS")
    listed = await admin.get(INTEGRATIONS_PATH, params={"search": "our", "type": "twitter"})

    assert got.json() == ours == listed.json()["data"][0]
    assert (got.headers["etag"], ours["provider"], ours["version"]) == ('"1"', "our-app", 1)
    assert ours["secrets"]["ACCESS_TOKEN"]["set"] is True
    assert provider["secrets"].keys() == {"CONSUMER_KEY", "CONSUMER_SECRET"}
    assert listed.json()["pagination"]["total"] == 1
    assert (await admin.get(PROVIDERS_PATH, params={"type": "slack"})).json()["data"] == []
    assert (await admin.get(f"{PROVIDERS_PATH}/ours")).status_code == 404


async def test_a_change_keeps_the_secrets_that_it_does_not_name(admin: httpx.AsyncClient, request_db: Database) -> None:
    made_as = await made(admin, INTEGRATIONS_PATH, MAIL)
    url = f"{INTEGRATIONS_PATH}/mail"
    settings = MAIL["settings"] | {"port": 465, "security": "tls"}  # type: ignore[operator]  # a dictionary
    changed = await admin.put(url, json={"settings": settings, "secrets": {"PASSWORD": "new-hidden"}})
    late = await admin.put(url, json={"settings": settings}, headers={"if-match": '"1"'})
    same = await admin.put(url, json={"settings": settings}, headers={"if-match": '"2"'})
    connected = await Connections(request_db, Vault(SECRET_KEY)).connected("acme", "MAIL")

    assert (changed.status_code, late.status_code, same.headers["etag"]) == (200, 412, '"2"')
    assert (connected.secrets, connected.settings) == ({"USERNAME": "shop", "PASSWORD": "new-hidden"}, settings)
    assert changed.json()["secrets"]["USERNAME"] == made_as["secrets"]["USERNAME"]
    without = await admin.put(url, json={"settings": settings, "secrets": {"USERNAME": None, "PASSWORD": None}})
    assert (without.status_code, without.json()["secrets"]) == (200, {})


async def test_what_is_in_use_is_not_deleted(admin: httpx.AsyncClient) -> None:
    await made(admin, PROVIDERS_PATH, APP)
    await made(admin, INTEGRATIONS_PATH, OURS)
    tweet = {"type": "send-tweet", "integration": "OURS", "body": {"text": "hi"}}
    await made(admin, WORKFLOWS_PATH, {"name": "tell", "tasks": {"Tell": tweet}})
    assert (await admin.post(f"{WORKFLOWS_PATH}/tell/activate", json={})).status_code == 200
    refused = [await admin.delete(path) for path in (f"{PROVIDERS_PATH}/our-app", f"{INTEGRATIONS_PATH}/ours")]
    assert [answer.status_code for answer in refused] == [409, 409]
    assert [answer.json()["code"] for answer in refused] == ["provider_in_use", "integration_in_use"]
    assert (await admin.post(f"{WORKFLOWS_PATH}/tell/deactivate")).status_code == 200
    for path in (f"{INTEGRATIONS_PATH}/ours", f"{PROVIDERS_PATH}/our-app"):
        assert (await admin.delete(path)).status_code == 204
        assert (await admin.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "a b"}, "name"),
        ({"type": "fax"}, "type"),
        ({"settings": {"host": "mail.example"}}, "settings.from"),
        ({"settings": {"host": "a b", "from": "a@b.example"}}, "settings.host"),
        ({"settings": {"host": "m.example", "from": "nobody"}}, "settings.from"),
        ({"settings": {"host": "m.example", "from": "a@b.example", "securty": 1}}, "settings.securty"),
        ({"secrets": {"PASWORD": "mail-hidden"}}, "secrets.PASWORD"),
        ({"secrets": {"PASSWORD": "mail-hidden"}}, "secrets.USERNAME"),
        ({"secrets": {"PASSWORD": {"value": "mail-hidden"}}}, "secrets.PASSWORD"),
        ({"provider": "our-app"}, "provider"),
        ({"type": "slack", "settings": {}, "secrets": {}}, "secrets.ACCESS_TOKEN"),
        ({"type": "twitter", "settings": {}, "secrets": OURS["secrets"]}, "provider"),
        (
            {"type": "webhook", "settings": {"url": "ftp://x.example"}, "secrets": {"SECRET": "whsec_QQ=="}},
            "settings.url",
        ),
        (
            {"type": "webhook", "settings": {"url": "https://x.example"}, "secrets": {"SECRET": "hidden!"}},
            "secrets.SECRET",
        ),
        (
            {"type": "discord", "settings": {}, "secrets": {"WEBHOOK_URL": "http://10.0.0.1/hidden"}},
            "secrets.WEBHOOK_URL",
        ),
        (
            {"type": "slack", "settings": {"baseUrl": "http://10.0.0.1"}, "secrets": SLACK["secrets"]},
            "settings.baseUrl",
        ),
        (
            {"type": "http", "settings": {"baseUrl": "https://x.example"}, "secrets": {"HEADERS": "hidden"}},
            "secrets.HEADERS",
        ),
    ],
)
async def test_what_is_refused_is_named_without_a_secret(
    admin: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    answer = await admin.post(INTEGRATIONS_PATH, json=MAIL | change)
    assert answer.status_code == 422, answer.text
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert "hidden" not in answer.text


async def test_names_are_taken_once_and_a_repeat_makes_nothing(admin: httpx.AsyncClient) -> None:
    first = await admin.post(INTEGRATIONS_PATH, json=SLACK, headers={"idempotency-key": "k"})
    repeat = await admin.post(INTEGRATIONS_PATH, json=SLACK, headers={"idempotency-key": "k"})
    other = await admin.post(INTEGRATIONS_PATH, json=SLACK | {"name": "CHAT"})
    assert (first.json(), other.status_code, other.json()["code"]) == (repeat.json(), 409, "name_taken")


async def test_only_an_admin_keeps_integrations(client: httpx.AsyncClient, callers: Callers) -> None:
    for role, status in (("viewer", 403), ("editor", 403), ("admin", 201)):
        answer = await client.post(INTEGRATIONS_PATH, json=SLACK, headers=callers.user(role))
        assert answer.status_code == status
    url = f"{INTEGRATIONS_PATH}/chat"
    for method, path in (("PUT", url), ("DELETE", url), ("POST", f"{url}/test")):
        answer = await client.request(method, path, json={}, headers=callers.user("editor"))
        assert answer.status_code == 403
    assert (await client.get(url, headers=callers.user("viewer"))).status_code == 200
    assert (await client.get(url, headers=callers.user("admin", "other"))).status_code == 404


async def test_a_test_says_what_it_found_without_the_secret(admin: httpx.AsyncClient) -> None:
    ok = answering('HTTP/1.1 200 OK\n\n{"ok":true,"user":"xoxb-hidden","team":"T"}')
    async with far_host(ok) as host:
        await made(admin, INTEGRATIONS_PATH, SLACK | {"settings": {"baseUrl": f"http://127.0.0.1:{host.port}"}})
        good = (await admin.post(f"{INTEGRATIONS_PATH}/chat/test")).json()
    gone = (await admin.post(f"{INTEGRATIONS_PATH}/chat/test")).json()
    assert (good["ok"], good["detail"]) == (True, "signed in as [redacted] of T")
    assert (gone["ok"], gone["detail"], gone["latencyMs"] >= 0) == (False, "no connection", True)
    assert (await admin.post(f"{INTEGRATIONS_PATH}/nothing/test")).status_code == 404


async def test_every_type_says_what_it_takes(admin: httpx.AsyncClient) -> None:
    listed = (await admin.get(INTEGRATION_TYPES_PATH)).json()["data"]
    assert [one["type"] for one in listed] == list(TYPES)
    for one in listed:
        assert one["taskTypes"] or one["type"] == "http"
        places = [schema["x-order"] for schema in one["settings"]["properties"].values()]
        assert places == list(range(len(places)))
        assert all(schema["title"] for schema in one["settings"]["properties"].values())


async def test_secrets_are_renewed_and_are_their_owners_alone(admin: httpx.AsyncClient, projector_db: Database) -> None:
    await made(admin, INTEGRATIONS_PATH, SLACK)
    await made(admin, INTEGRATIONS_PATH, SLACK | {"name": "other"})
    newest = "another secret key"
    await renew_secrets(projector_db, Vault(f"{newest},{SECRET_KEY}"))
    connections = Connections(projector_db, Vault(newest))
    assert (await connections.connected("acme", "chat")).secrets == {"ACCESS_TOKEN": "xoxb-hidden"}

    async with projector_db.transaction() as conn:
        await conn.execute(
            "UPDATE workflows.accounts AS a SET secrets = b.secrets FROM workflows.accounts AS b"
            " WHERE a.name = 'other' AND b.name = 'chat'"
        )
    with pytest.raises(TaskFailed) as failure:
        await connections.connected("acme", "other")
    assert failure.value.code == "integration_unusable"
    with pytest.raises(WrongSecretKey):
        await renew_secrets(projector_db, Vault("a third secret key"))
