"""Secrets at rest: encrypted, encrypted anew at the start under another key, and unreadable under a foreign one."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from libs.contracts.paths import MONITORING
from libs.objects.changes import utc_now
from libs.pg.database import Database
from libs.vault.vault import Vault, WrongSecretKey
from libs.webhooks import deliveries
from services.monitoring.webhooks.endpoints import WebhookEndpoints
from tests.support.accounts import SECRET_KEY
from tests.support.monitoring.webhooks import URL, create_webhook, ended, list_deliveries, send_test
from tests.support.webhooks import receiving

NEW_KEY = "another secret of the tests"


async def test_every_secret_is_encrypted_under_the_newest_key(
    client: httpx.AsyncClient, projector_db: Database
) -> None:
    made = await create_webhook(client)
    rotated = (await client.post(f"{URL}/{made['id']}/rotate-secret")).json()["data"]["secret"]

    with pytest.raises(WrongSecretKey):
        await WebhookEndpoints(projector_db, Vault(NEW_KEY)).renew_secrets()
    await WebhookEndpoints(projector_db, Vault(f"{NEW_KEY},{SECRET_KEY}")).renew_secrets()

    rows = await projector_db.fetch("SELECT secret, previous_secret FROM webhooks")
    stored = [bytes(secret) for row in rows for secret in row.values()]
    assert [Vault(NEW_KEY).decrypt(secret).decode() for secret in stored] == [rotated, made["secret"]]
    assert not any(b"whsec_" in secret for secret in stored)


async def test_deliveries_are_removed_long_after_their_end(client: httpx.AsyncClient, projector_db: Database) -> None:
    async with receiving() as receiver:
        made = await create_webhook(client, receiver.url)
        await send_test(client, made["id"])
        await ended(client, made["id"])
    for days, left in ((29, 1), (31, 0)):
        async with projector_db.transaction() as conn:
            await deliveries.purge(conn, MONITORING, utc_now() + timedelta(days=days))
        assert len((await list_deliveries(client, made["id"]))["deliveries"]) == left
