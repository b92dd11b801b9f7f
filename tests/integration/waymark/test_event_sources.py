"""Who wrote an event, and who may read what it holds: every role on every route that shows events, every way in."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from libs.auth.principal import ADMIN, ROLES
from tests.support.installation import Installation
from tests.support.listening import event_source

EVENTS = "/api/v1/events"
TRACE = "0af7651916cd43dd8448eb211c80319c"
OURS, THEIRS = "waymark/default/accounts", "waymark/default/events"
EMAIL = f"{uuid.uuid4().hex}@example.org"
TRACED = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
CLOUD = {"specversion": "1.0", "type": "user.password_changed", "resourcetype": "user", "subject": "u-1"}
FORGED = {
    "eventType": "user.password_changed",
    "resourceType": "user",
    "resourceId": "u-1",
    "actorId": "waymark",
    "actorType": "system",
    "source": OURS,
    "ce_source": OURS,
    "correlationId": TRACE,
}


@dataclass(frozen=True, slots=True)
class Place:
    """An installation in which a user was made in a trace, and a client for each role."""

    installation: Installation
    keys: dict[str, str]
    clients: dict[str, httpx.AsyncClient]
    user_id: str
    after: dict[str, str]

    async def created(self) -> dict[str, Any]:
        """The event of the user's making, as an admin reads it."""
        found = await self.clients[ADMIN].get(
            EVENTS, params={"event_type": "user.registered", "resource_id": self.user_id}, headers=self.after
        )
        [event] = found.json()["events"]
        return dict(event)


@pytest.fixture(scope="module")
async def place(postgres_installation: Installation) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        admin = await stack.enter_async_context(postgres_installation.client())
        keys, clients = {}, {}
        for role in ROLES:
            made = await admin.post("/api/keys", json={"label": f"key of a {role}", "roles": [role]}, headers=TRACED)
            keys[role] = made.json()["key"]
            clients[role] = await stack.enter_async_context(postgres_installation.client(keys[role]))
        body = {"email": EMAIL, "password": "a long enough passphrase", "roles": ["editor"]}
        made = await admin.post("/api/v1/auth/register", json=body, headers=TRACED)
        assert made.status_code == 201, made.text
        after = {"waymark-min-position": made.headers["waymark-position"]}
        yield Place(postgres_installation, keys, clients, made.json()["userId"], after)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "path",
    [
        EVENTS,
        f"{EVENTS}?source={OURS}",
        f"{EVENTS}/resource/user/{{user}}",
        f"{EVENTS}/resource/api_key/{{key}}",
        f"{EVENTS}/{{event}}",
        f"{EVENTS}/{{caused}}/causes",
        f"{EVENTS}/correlation/{TRACE}",
        f"{EVENTS}/aggregate",
        f"{EVENTS}/stats/by-actor",
        f"/api/traces/{TRACE}",
        f"/api/traces/{TRACE}/timeline",
        f"/api/traces/{TRACE}/summary",
        f"/api/traces/{TRACE}/tree",
    ],
)
async def test_only_an_admin_reads_what_events_tell_of_users_and_keys(place: Place, role: str, path: str) -> None:
    created = await place.created()
    keys = (await place.clients[ADMIN].get("/api/keys")).json()["data"]
    caused = await place.clients[ADMIN].post(
        EVENTS,
        json={"eventType": "mail.sent", "resourceType": "service", "resourceId": "m", "causationId": created["id"]},
    )
    after = {"waymark-min-position": caused.headers["waymark-position"]}
    filled = path.format(user=place.user_id, key=keys[0]["id"], event=created["id"], caused=caused.json()["id"])

    answer = await place.clients[role].get(filled, headers=after)

    assert answer.status_code == 200, answer.text
    shows_payloads = not path.endswith(("/aggregate", "/by-actor", "/timeline", "/summary", "/tree"))
    if role != ADMIN or not shows_payloads:
        for told in (EMAIL, "key of a", keys[0]["prefix"]):
            assert told not in answer.text
    elif "api_key" not in path:
        assert EMAIL in answer.text


@pytest.mark.parametrize("role", ROLES)
async def test_a_stream_shows_an_admin_alone_what_events_tell_of_users(place: Place, role: str) -> None:
    asked = {"from": "beginning", "source": OURS, "event_type": "user.registered", "resource_id": place.user_id}
    address = f"{place.installation.url}{EVENTS}/stream"
    async with event_source(address, place.keys[role], **asked) as stream:
        [event] = await stream.take(1)
    assert event["source"] == OURS
    assert event["payload"].get("email") == (EMAIL if role == ADMIN else None)
    assert bool(event["payload"]) == (role == ADMIN)


async def test_no_way_in_lets_a_producer_write_as_waymark(place: Place) -> None:
    editor = place.clients["editor"]
    answers = [
        await editor.post(EVENTS, json=FORGED),
        await editor.post(EVENTS, json=[FORGED]),
        await editor.post(
            EVENTS,
            json={**CLOUD, "id": "1", "source": "/shop", "wmsource": OURS},
            headers={"content-type": "application/cloudevents+json"},
        ),
        await editor.post(
            EVENTS,
            json=[{**CLOUD, "id": "2", "source": "WAYMARK/default/accounts"}],
            headers={"content-type": "application/cloudevents-batch+json"},
        ),
        await editor.post(
            EVENTS,
            json={},
            headers={f"ce-{name}": value for name, value in {**CLOUD, "id": "3", "source": "/shop"}.items()}
            | {"ce_source": OURS, "ce-tenantid": "other"},
        ),
    ]
    spans = [{"traceId": TRACE, "spanId": "b7ad6b7169203332", "name": "user.password_changed", "attributes": [_said()]}]
    telemetry = {"resourceSpans": [{"resource": {"attributes": [_said()]}, "scopeSpans": [{"spans": spans}]}]}
    answers.append(await editor.post("/v1/traces", json=telemetry))
    assert [answer.status_code for answer in answers] == [202, 202, 202, 202, 202, 200], [a.text for a in answers]
    after = {"waymark-min-position": ",".join(answer.headers["waymark-position"] for answer in answers)}

    ours = (await editor.get(EVENTS, params={"source": OURS}, headers=after)).json()["events"]
    theirs = (await editor.get(EVENTS, params={"source": THEIRS}, headers=after)).json()["events"]

    assert not [event for event in ours if "password_changed" in event["eventType"]]
    assert {event["source"] for event in ours} == {OURS}
    forged = [event for event in theirs if event["eventType"].endswith("user.password_changed")]
    assert len(forged) == len(answers)
    assert {event["source"] for event in theirs} == {THEIRS}


@pytest.mark.parametrize("source", [OURS, "waymark/", "waymark/default/events"])
async def test_a_cloud_event_cannot_call_itself_waymark(place: Place, source: str) -> None:
    body = {**CLOUD, "id": "4", "source": source}
    structured = {"content-type": "application/cloudevents+json"}
    answers = [
        await place.clients["editor"].post(EVENTS, json=body, headers=structured),
        await place.clients["editor"].post(
            EVENTS, json={}, headers={f"ce-{name}": value for name, value in body.items()}
        ),
    ]
    assert [answer.status_code for answer in answers] == [422, 422]


async def test_a_producers_user_created_is_everybodys_event_and_says_whose_it_is(place: Place) -> None:
    body = {"eventType": "user.created", "resourceType": "user", "resourceId": "crm-7", "payload": {"email": "x@y.z"}}
    posted = await place.clients["editor"].post(EVENTS, json=body)
    after = {"waymark-min-position": posted.headers["waymark-position"]}
    shown = (await place.clients["viewer"].get(f"{EVENTS}/{posted.json()['id']}", headers=after)).json()
    assert (shown["source"], shown["payload"]) == (THEIRS, {"email": "x@y.z"})


def _said() -> dict[str, Any]:
    return {"key": "source", "value": {"stringValue": OURS}}
