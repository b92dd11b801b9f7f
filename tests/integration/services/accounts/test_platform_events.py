"""Every writing route of accounts leaves its events in the log: what happened, who did it, in which correlation."""

from __future__ import annotations

import httpx
import pytest

from libs.auth.passwords import Passwords
from libs.eventlog.memory import MemoryEventLog
from libs.objects.changes import Changes
from libs.pg.database import Database
from libs.service.app import create_service_app
from libs.vault.vault import Vault
from services.accounts.settings import AccountsSettings
from services.accounts.signing import Signing, SigningPolicy
from tests.support.accounts import PASSWORD, SECRET_KEY, People, accounts_with
from tests.support.platform_events import (
    TRACED,
    Step,
    assert_leaves_its_events,
    events_of,
    uncorrelated,
    writing_routes,
)
from tests.support.waiting import eventually

LOGIN = {"email": "editor@acme.example", "password": PASSWORD}


async def test_every_writing_route_leaves_its_events(
    client: httpx.AsyncClient, people: People, log: MemoryEventLog, settings: AccountsSettings, passwords: Passwords
) -> None:
    headers = {**people.headers(), **TRACED}
    user = {"email": "new@acme.example", "password": PASSWORD, "roles": ["viewer"]}
    steps: dict[tuple[str, str], Step] = {
        ("post", "/api/v1/auth/register"): (
            lambda: client.post("/api/v1/auth/register", json=user, headers=headers),
            ["user.registered"],
        ),
        ("post", "/api/v1/auth/login"): (
            lambda: client.post("/api/v1/auth/login", json=LOGIN, headers=TRACED),
            ["session.started"],
        ),
        ("post", "/api/v1/auth/refresh"): (
            lambda: client.post("/api/v1/auth/refresh", headers=TRACED),
            ["session.refreshed"],
        ),
        ("post", "/api/v1/auth/logout"): (
            lambda: client.post("/api/v1/auth/logout", headers=TRACED),
            ["session.ended"],
        ),
        ("post", "/api/keys"): (
            lambda: client.post("/api/keys", json={"label": "x", "roles": ["viewer"]}, headers=headers),
            ["api_key.created"],
        ),
    }
    for step in steps.values():
        await assert_leaves_its_events(log, step)
    key_id = (await client.get("/api/keys", headers=people.headers())).json()["data"][0]["id"]
    users = (await client.get("/api/v1/auth/users", headers=people.headers())).json()["data"]
    user_id = next(found["userId"] for found in users if found["email"] == LOGIN["email"])
    token = (await client.post("/api/v1/auth/login", json=LOGIN)).json()["accessToken"]
    later: dict[tuple[str, str], Step] = {
        ("delete", "/api/keys/{keyId}"): (
            lambda: client.delete(f"/api/keys/{key_id}", headers=headers),
            ["api_key.revoked"],
        ),
        ("post", "/api/v1/auth/password"): (
            lambda: client.post(
                "/api/v1/auth/password",
                json={"currentPassword": PASSWORD, "newPassword": "another horse"},
                headers={"Authorization": f"Bearer {token}", **TRACED},
            ),
            ["user.password_changed", "session.ended"],
        ),
        ("patch", "/api/v1/auth/users/{userId}"): (
            lambda: client.patch(f"/api/v1/auth/users/{user_id}", json={"name": "Ed"}, headers=headers),
            ["user.updated"],
        ),
    }
    for step in later.values():
        found = {envelope.type: envelope for envelope in await assert_leaves_its_events(log, step)}
        if "session.ended" in found:
            assert found["session.ended"].causation_id == found["user.password_changed"].id

    app = create_service_app(accounts_with(passwords), settings, log=log)
    assert set(steps) | set(later) == writing_routes(app.openapi())
    assert not uncorrelated(log)


async def test_disabling_a_user_says_which_sessions_it_ended(
    client: httpx.AsyncClient, people: People, log: MemoryEventLog
) -> None:
    await client.post("/api/v1/auth/login", json=LOGIN)
    users = (await client.get("/api/v1/auth/users", headers=people.headers())).json()["data"]
    user_id = next(found["userId"] for found in users if found["email"] == LOGIN["email"])
    url, headers = f"/api/v1/auth/users/{user_id}", {**people.headers(), **TRACED}
    step: Step = (
        lambda: client.patch(url, json={"status": "disabled"}, headers=headers),
        ["user.updated", "session.ended"],
    )
    found = {envelope.type: envelope for envelope in await assert_leaves_its_events(log, step)}

    assert found["session.ended"].causation_id == found["user.updated"].id
    assert found["session.ended"].actor_type == "api_key"


@pytest.mark.usefixtures("client")
async def test_a_retired_signing_key_names_the_new_one_as_its_cause(
    projector_db: Database, log: MemoryEventLog
) -> None:
    policy = SigningPolicy(issuer="waymark", audience="waymark")
    await Signing(projector_db, Vault(SECRET_KEY), policy, Changes()).rotate()

    def told() -> dict[str, list[str]]:
        return {envelope.id: [envelope.type, envelope.causation_id or ""] for envelope in events_of(log)}

    await eventually(lambda: any(kind == "signing_key.retired" for kind, _ in told().values()))
    known = told()
    cause = next(causation for kind, causation in known.values() if kind == "signing_key.retired")
    assert known[cause][0] == "signing_key.created"
    assert not uncorrelated(log)
