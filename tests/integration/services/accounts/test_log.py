"""What accounts takes from the log and gives back to it: key uses, and credentials that the topic lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx

from libs.auth import keys
from libs.auth.passwords import Passwords
from libs.contracts.credentials import Tenant
from libs.contracts.key_uses import KeyUse, encode_key_use
from libs.contracts.times import format_time, to_ms
from libs.contracts.topics import CREDENTIALS, KEY_USES, MANIFEST, Topic
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record
from libs.objects.changes import Changes
from libs.objects.republish import republish
from libs.pg.database import Database
from libs.projections.reactor_runner import ReactorRunner
from libs.service.app import create_service_app
from libs.vault.vault import Vault
from services.accounts.attempts import Attempts
from services.accounts.guesses import Guesses
from services.accounts.housekeeping import Housekeeping, KeyUseWriter
from services.accounts.kinds import every_kind, token_kinds
from services.accounts.operator import Operator
from services.accounts.reactor import LastUses, last_uses
from services.accounts.service import SERVICE
from services.accounts.sessions import Sessions
from services.accounts.settings import AccountsSettings
from services.accounts.signing import Signing, SigningPolicy
from tests.support.accounts import PASSWORD, People, index_of
from tests.support.gateway.records import publish, publish_credentials
from tests.support.objects import assert_old_receipts_are_removed
from tests.support.projections import FAST
from tests.support.serving import serving
from tests.support.waiting import eventually

USED = datetime(2026, 1, 1, tzinfo=UTC)


def used(topic: Topic, tenant_id: str, key_id: str, at: datetime) -> Record:
    use = KeyUse(tenant_id=tenant_id, id=key_id, version=to_ms(at), last_used_at_ms=to_ms(at))
    return Record(topic.name, *encode_key_use(use), timestamp_ms=to_ms(at))


async def assert_applied(
    reactor: LastUses, log: MemoryEventLog, projector_db: Database, *, records: int, parked: int = 0
) -> None:
    """Run the reactor until it has taken so many records."""
    runner = ReactorRunner(log, projector_db, reactor, member="test", settings=FAST)
    task = asyncio.create_task(runner.run())
    await eventually(lambda: runner.figures.applied + runner.figures.parked == records)
    await runner.stop()
    await task
    assert runner.figures.parked == parked


async def test_key_uses_move_the_last_use_forward(
    operator: Operator, projector_db: Database, log: MemoryEventLog
) -> None:
    await operator.create_tenant("acme")
    key, _ = await operator.create_key("acme", label="x")
    later = USED + timedelta(hours=1)
    await publish(log, [used(KEY_USES, "acme", str(key.key_id), at) for at in (USED, later, USED)])
    await publish(log, [used(KEY_USES, "acme", "no uuid", USED), used(KEY_USES, "nobody", str(key.key_id), later)])

    await assert_applied(last_uses()[0], log, projector_db, records=5, parked=1)

    assert [found.last_used_at for found in await operator.list_keys("acme")] == [later]


async def test_key_uses_among_the_credentials_of_an_earlier_release_count_too(
    operator: Operator, projector_db: Database, log: MemoryEventLog
) -> None:
    await operator.create_tenant("acme")
    key, _ = await operator.create_key("acme", label="x")
    later = USED + timedelta(hours=1)
    suspended = Tenant(tenant_id="acme", version=9, status="suspended")
    await publish_credentials(log, suspended)
    await publish(log, [used(CREDENTIALS, "acme", str(key.key_id), later)])
    await publish(log, [used(KEY_USES, "acme", str(key.key_id), USED)])

    for reactor, records in zip(last_uses(), (1, 2), strict=True):
        await assert_applied(reactor, log, projector_db, records=records)

    assert [found.last_used_at for found in await operator.list_keys("acme")] == [later]
    assert len(await index_of(log)) == 1


async def test_uses_at_accounts_own_routes_are_noted(
    settings: AccountsSettings, log: MemoryEventLog, people: People, operator: Operator
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    async with serving(create_service_app(SERVICE, settings, log=log)) as client:
        await client.get("/api/v1/auth/me", headers=people.headers("viewer"))

    uses = {key.label: key.last_used_at for key in await operator.list_keys("acme")}
    assert uses["viewer"] is not None
    assert uses["viewer"] > before
    assert uses["editor"] is None
    assert format_time(uses["viewer"]).endswith("Z")


async def test_what_the_topic_lost_is_published_again(
    settings: AccountsSettings, log: MemoryEventLog, people: People
) -> None:
    async with serving(create_service_app(SERVICE, settings, log=log)) as client:
        made = (
            await client.post("/api/keys", json={"label": "x", "roles": ["viewer"]}, headers=people.headers())
        ).json()
        await client.delete(f"/api/keys/{made['id']}", headers=people.headers())
        kids = [key["kid"] for key in (await client.get("/.well-known/jwks.json")).json()["keys"]]
    for place, partition in log.broker.partitions.items():
        if place.topic == CREDENTIALS.name:
            log.broker.delete_before(place, partition.end)
    assert len(await index_of(log)) == 0

    async with serving(create_service_app(SERVICE, settings, log=log)):

        async def is_back() -> bool:
            index = await index_of(log)
            return index.is_active("acme") and index.find_key(keys.hash_key(people.keys["viewer"])) is not None

        await eventually(is_back)

    index = await index_of(log)
    revoked = index.find_key(keys.hash_key(made["key"]))
    assert revoked is not None
    assert revoked.revoked_at_ms is not None
    assert index.signing_key(kids[0]) is not None


async def test_the_topic_has_the_latest_record_of_every_object_after_any_change(
    settings: AccountsSettings, log: MemoryEventLog, people: People, operator: Operator, projector_db: Database
) -> None:
    async with serving(create_service_app(SERVICE, settings, log=log)) as client:
        key = (await client.get("/api/keys", headers=people.headers())).json()["data"][0]
        users = (await client.get("/api/v1/auth/users", headers=people.headers())).json()["data"]
        by_email = {user["email"]: f"/api/v1/auth/users/{user['userId']}" for user in users}
        for email in ("viewer@acme.example", "editor@acme.example"):
            login = {"email": email, "password": PASSWORD}
            token = (await client.post("/api/v1/auth/login", json=login)).json()["accessToken"]
            client.cookies.clear()
        await client.post(
            "/api/v1/auth/password",
            json={"currentPassword": PASSWORD, "newPassword": "another horse"},
            headers={"Authorization": f"Bearer {token}"},
        )
        disabled = {"status": "disabled"}
        await client.patch(by_email["viewer@acme.example"], json=disabled, headers=people.headers())
        await client.delete(f"/api/keys/{key['id']}", headers=people.headers())
        await operator.create_tenant("third")

        async def is_drained() -> bool:
            async with projector_db.transaction() as conn:
                return bool(await conn.fetchval("SELECT count(*) = 0 FROM outbox WHERE appended_at IS NULL"))

        await eventually(is_drained)

    kinds = every_kind(token_kinds(settings.access_token_lifetime))
    empty = MemoryEventLog()
    await empty.ensure_topics(MANIFEST)
    tenants, api_keys_made, signing_keys, refused_users, ended_sessions = 3, 4, 1, 2, 2
    assert await republish(log, projector_db, kinds) == 0
    everything = tenants + api_keys_made + signing_keys + refused_users + ended_sessions
    assert await republish(empty, projector_db, kinds) == everything


async def test_ready_once_the_first_credentials_are_in_the_log(
    settings: AccountsSettings, log: MemoryEventLog, people: People
) -> None:
    log.broker.refuse = lambda _: "not now"
    async with serving(create_service_app(SERVICE, settings, log=log)) as client:
        before = await client.get("/readyz")
        log.broker.refuse = lambda _: None

        async def is_ready() -> bool:
            return (await client.get("/readyz")).status_code == 200

        await eventually(is_ready)

    assert before.status_code == 503
    assert "credentials" in before.json()["failing"]


async def test_openapi_describes_every_route_with_an_example(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    assert {"/api/keys", "/api/v1/auth/login", "/api/v1/auth/register", "/.well-known/jwks.json"} <= set(
        document["paths"]
    )
    for name in ("KeyIn", "NewKeyOut", "LoginIn", "TokenOut", "RegisterIn", "UserOut", "MeOut"):
        assert document["components"]["schemas"][name]["example"]


async def test_housekeeping_removes_what_nobody_needs(
    settings: AccountsSettings, log: MemoryEventLog, people: People, projector_db: Database
) -> None:
    async with serving(create_service_app(SERVICE, settings, log=log)) as client:
        login = {"email": "viewer@acme.example", "password": "wrong"}
        await client.post("/api/v1/auth/login", json=login)
        await client.post("/api/v1/auth/login", json={**login, "password": PASSWORD})
    changes = Changes(lambda: datetime.now(UTC) + timedelta(days=32))
    vault = Vault(settings.secret_key)
    signing = Signing(projector_db, vault, SigningPolicy(issuer="waymark", audience="waymark"), changes)
    attempts = Attempts(projector_db)
    subject = Housekeeping(
        signing=signing,
        sessions=Sessions(
            projector_db,
            signing=signing,
            passwords=Passwords(),
            guesses=Guesses(Passwords(), attempts),
            changes=changes,
            kind=token_kinds(timedelta(minutes=15)).sessions,
            lifetime=timedelta(days=30),
        ),
        attempts=attempts,
        uses=KeyUseWriter(projector_db),
        clock=changes.now,
    )

    await subject.tidy()

    async with projector_db.transaction() as conn:
        for table in ("sessions", "refresh_tokens", "login_attempts"):
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0
        assert await conn.fetchval("SELECT count(*) FROM signing_keys") == 2
    assert await subject.check() is None


async def test_receipts_that_are_too_old_are_removed(
    settings: AccountsSettings, log: MemoryEventLog, people: People, projector_db: Database
) -> None:
    headers = {**people.headers(), "Idempotency-Key": "k"}
    async with serving(create_service_app(SERVICE, settings, log=log)) as client:
        await client.post("/api/keys", json={"label": "x", "roles": ["viewer"]}, headers=headers)
    await assert_old_receipts_are_removed(projector_db, lambda: serving(create_service_app(SERVICE, settings, log=log)))
