"""Webhooks over HTTP: made, shown, changed, tested, rotated, deleted."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from libs.pg.database import Database
from libs.webhooks.deliveries import Message
from services.monitoring.webhooks import rules
from services.monitoring.webhooks.notices import notify
from tests.support.callers import Callers
from tests.support.monitoring.webhooks import URL, create_webhook, ended, list_deliveries, send_test
from tests.support.waiting import eventually
from tests.support.webhooks import receiving

SECRETIVE = "https://hooks.example.com/services/T0/s3cret?token=t0k3n"


async def test_a_webhook_is_shown_as_it_was_made_and_changed(client: httpx.AsyncClient, callers: Callers) -> None:
    made = await create_webhook(client, SECRETIVE, description="on call")
    url = f"{URL}/{made['id']}"
    got = await client.get(url)
    data = got.json()["data"]

    assert made["secret"].startswith("whsec_")
    assert got.headers["etag"] == '"1"'
    assert {name: data[name] for name in ("id", "url", "description", "enabled", "version", "secretRotatedAt")} == {
        "id": made["id"],
        "url": SECRETIVE,
        "description": "on call",
        "enabled": True,
        "version": 1,
        "secretRotatedAt": None,
    }
    assert (await client.get(URL)).json()["data"] == {"webhooks": [data], "totalWebhooks": 1}
    assert (await client.get(URL, params={"page": 1, "size": 1})).json()["data"]["webhooks"] == []

    changed = await client.patch(url, json={"description": None, "enabled": False}, headers={"if-match": '"1"'})
    assert (changed.json(), changed.headers["etag"]) == ({"data": {"id": made["id"]}}, '"2"')
    unchanged = await client.patch(url, json={"url": None, "enabled": False}, headers=callers.key())
    assert unchanged.headers["etag"] == '"2"'
    after = (await client.get(url)).json()["data"]
    assert (after["description"], after["enabled"], after["url"]) == (None, False, SECRETIVE)

    assert (await client.delete(url, headers={"if-match": '"1"'})).status_code == 412
    assert (await client.delete(url)).status_code == 204
    assert (await client.get(url)).status_code == 404


async def test_a_viewer_sees_no_path_and_changes_nothing(client: httpx.AsyncClient, callers: Callers) -> None:
    made = await create_webhook(client, SECRETIVE)
    plain = await create_webhook(client, "https://hooks.example.com:8443")
    viewer = callers.user("viewer")
    url = f"{URL}/{made['id']}"
    listed = (await client.get(URL, headers=viewer)).json()["data"]["webhooks"]

    assert (await client.get(url, headers=viewer)).json()["data"]["url"] == "https://hooks.example.com/…"
    assert [one["url"] for one in listed] == ["https://hooks.example.com/…", "https://hooks.example.com:8443"]
    assert [
        (await client.request(method, path, json={"url": SECRETIVE}, headers=viewer)).status_code
        for method, path in (
            ("POST", URL),
            ("PATCH", url),
            ("DELETE", url),
            ("POST", f"{url}/test"),
            ("POST", f"{url}/rotate-secret"),
        )
    ] == [403] * 5
    assert plain["id"] != made["id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": ""}, "url"),
        ({"url": "https://" + "a" * 2_000}, "url"),
        ({"url": "ftp://hooks.example.com/"}, "url"),
        ({"url": "https://user:secret@hooks.example.com/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "http://0x08.8.8.8/"}, "url"),
        ({"url": SECRETIVE, "enabled": "yes"}, "enabled"),
        ({"url": SECRETIVE, "description": "d" * 2_001}, "description"),
        ({"url": SECRETIVE, "descriptoin": "d"}, "descriptoin"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused_by_its_field(
    client: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    made = await create_webhook(client)
    refused = [await client.post(URL, json=body)]
    if body:
        refused.append(await client.patch(f"{URL}/{made['id']}", json=body))
    for answer in refused:
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["cause"].startswith(f"{field}: ")
        assert "secret" not in answer.text
    assert (await client.get(URL)).json()["data"]["totalWebhooks"] == 1


async def test_a_tenant_has_no_more_than_so_many(
    client: httpx.AsyncClient, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_WEBHOOKS", 1)
    await create_webhook(client)
    refused = await client.post(URL, json={"url": SECRETIVE})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "LIMIT_REACHED")
    assert (await client.post(URL, json={"url": SECRETIVE}, headers=callers.key("editor", "other"))).is_success


async def test_a_repeated_request_answers_the_secret_that_signs(client: httpx.AsyncClient) -> None:
    async def post(path: str, key: str, **options: Any) -> httpx.Response:
        return await client.post(path, headers={"idempotency-key": key}, **options)

    first, again = [await post(URL, "make", json={"url": SECRETIVE}) for _ in range(2)]
    assert first.json() == again.json()
    made = first.json()["data"]
    url = f"{URL}/{made['id']}"
    rotated, rotated_again = [await post(f"{url}/rotate-secret", "rotate") for _ in range(2)]
    assert rotated.json() == rotated_again.json() != {"data": {"secret": made["secret"]}}
    assert (await post(URL, "make", json={"url": SECRETIVE})).json()["data"] == made | rotated.json()["data"]
    tests = {(await post(f"{url}/test", "try")).text for _ in range(2)}
    assert len(tests) == 1
    assert (await post(URL, "make", json={"url": "https://other.example.com/"})).status_code == 422


async def test_a_test_is_delivered_signed_and_listed(client: httpx.AsyncClient) -> None:
    async with receiving("500 Oops", "204 No Content") as receiver:
        made = await create_webhook(client, receiver.url)
        delivery_id = await send_test(client, made["id"])
        (delivery,) = await ended(client, made["id"])

    assert [one.id for one in receiver.received] == [delivery_id] * 2
    for received in receiver.received:
        received.verify(made["secret"])
    body = httpx.Response(200, content=receiver.received[0].body).json()
    assert (body["type"], body["data"]) == ("webhook.test", {"tenantId": "acme", "webhookId": made["id"]})
    assert (delivery["id"], delivery["type"], delivery["incidentId"]) == (delivery_id, "webhook.test", None)
    assert (delivery["state"], delivery["nextAttemptAt"]) == ("DELIVERED", None)
    assert [(one["status"], one["error"]) for one in delivery["attempts"]] == [(500, "status 500"), (204, None)]
    metrics = (await client.get("/metrics")).text
    assert 'waymark_webhook_deliveries_total{outcome="delivered"}' in metrics
    assert 'waymark_webhook_deliveries_total{outcome="retried"}' in metrics


async def test_the_two_newest_secrets_sign(client: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        made = await create_webhook(client, receiver.url)
        url = f"{URL}/{made['id']}/rotate-secret"
        second, third = [(await client.post(url)).json()["data"]["secret"] for _ in range(2)]
        await send_test(client, made["id"])
        await ended(client, made["id"])

    (received,) = receiver.received
    for secret in (second, third):
        received.verify(secret)
    with pytest.raises(Exception, match="No matching signature"):
        received.verify(made["secret"])
    assert (await client.get(f"{URL}/{made['id']}")).json()["data"]["secretRotatedAt"] is not None


async def test_deliveries_are_paged_newest_first(client: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        made = await create_webhook(client, receiver.url)
        sent = [await send_test(client, made["id"]) for _ in range(5)]
        first = await list_deliveries(client, made["id"], limit=3)
        second = await list_deliveries(client, made["id"], limit=3, cursor=first["nextCursor"])

    assert [one["id"] for one in first["deliveries"] + second["deliveries"]] == sent[::-1]
    assert second["nextCursor"] is None
    for cursor in ("nonsense", "WyJkZWxpdmVyaWVzIiwieCIsInkiXQ"):
        refused = await client.get(f"{URL}/{made['id']}/deliveries", params={"cursor": cursor})
        assert (refused.status_code, refused.json()["error"]["cause"][:7]) == (422, "cursor:")


async def test_only_so_many_tests_wait_and_a_disabled_webhook_takes_none(client: httpx.AsyncClient) -> None:
    async with receiving(hangs=True) as receiver:
        made = await create_webhook(client, receiver.url)
        url = f"{URL}/{made['id']}"
        for _ in range(10):
            await send_test(client, made["id"])
        assert (await client.post(f"{url}/test")).status_code == 409
        assert (await client.patch(url, json={"enabled": False})).status_code == 200
        assert (await client.post(f"{url}/test")).status_code == 409
        deliveries = (await list_deliveries(client, made["id"]))["deliveries"]

    assert [one["state"] for one in deliveries] == ["FAILED"] * 10
    assert {one["attempts"][-1]["error"] for one in deliveries} == {"endpoint disabled"}


async def test_a_webhook_that_is_gone_is_disabled_by_waymark(client: httpx.AsyncClient) -> None:
    async with receiving("410 Gone") as receiver:
        made = await create_webhook(client, receiver.url)
        await send_test(client, made["id"])

        async def is_disabled() -> bool:
            return (await client.get(f"{URL}/{made['id']}")).json()["data"]["enabled"] is False

        await eventually(is_disabled)
    (delivery,) = await ended(client, made["id"])
    assert [one["status"] for one in delivery["attempts"]] == [410]


async def test_a_message_goes_to_the_webhooks_that_are_enabled(
    client: httpx.AsyncClient, projector_db: Database, callers: Callers
) -> None:
    async with receiving() as receiver:
        mine, disabled = [await create_webhook(client, receiver.url, enabled=enabled) for enabled in (True, False)]
        other = (await client.post(URL, json={"url": receiver.url}, headers=callers.user(tenant_id="other"))).json()
        named = [uuid.UUID(one["id"]) for one in (mine, disabled, other["data"])]
        message = Message(id="notice-1", tenant_id="acme", type="alert.firing", body=b"{}", incident_id="i1")
        for _ in range(2):
            async with projector_db.transaction() as conn:
                assert await notify(conn, message, [*named, uuid.uuid4()]) == [uuid.UUID(mine["id"])]
        (delivery,) = await ended(client, mine["id"])

    assert (delivery["type"], delivery["incidentId"], delivery["state"]) == ("alert.firing", "i1", "DELIVERED")
    assert len(receiver.received) == 1
