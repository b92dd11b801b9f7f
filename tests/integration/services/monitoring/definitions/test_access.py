"""Who may do what with definitions: roles × routes, users and keys, and the `user-email` that must agree."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.callers import ROLES, Callers, email_of
from tests.support.monitoring.defining import URL, body, create

USERS_ROUTES: list[tuple[str, str, Any, str, int]] = [
    ("GET", f"{URL}?page=0&size=1", None, "viewer", 200),
    ("GET", f"{URL}/Checkout", None, "viewer", 200),
    ("POST", URL, body("New"), "editor", 201),
    ("PATCH", f"{URL}/Checkout", {"description": "d"}, "editor", 200),
    ("DELETE", f"{URL}/Checkout", None, "editor", 204),
]
OPEN_ROUTES = [f"{URL}/Checkout/versions", f"{URL}/filter-options"]


@pytest.mark.parametrize(("method", "path", "sent", "least", "status"), USERS_ROUTES)
async def test_a_user_of_the_role_may(
    client: httpx.AsyncClient, callers: Callers, method: str, path: str, sent: Any, least: str, status: int
) -> None:
    await create(client)

    async def ask(headers: dict[str, str]) -> httpx.Response:
        client.headers.pop("authorization", None)
        client.headers.pop("user-email", None)
        return await client.request(method, path, json=sent, headers=headers)

    for role in ROLES:
        if ROLES.index(role) < ROLES.index(least):
            assert (await ask(callers.user(role))).status_code == 403
        assert (await ask(callers.key(role))).status_code == 403
        assert (await ask({**callers.key(role), "user-email": email_of(role)})).status_code == 403
    user = callers.user(least)
    token = {"authorization": user["authorization"]}
    refused = [await ask({}), await ask(token), await ask({**token, "user-email": email_of("nobody")})]
    assert [answer.status_code for answer in refused] == [401, 401, 403]
    assert {answer.json()["error"]["code"] for answer in refused} == {"UNAUTHENTICATED", "FORBIDDEN"}
    assert (await ask({**token, "user-email": user["user-email"].upper()})).status_code == status


@pytest.mark.parametrize("path", OPEN_ROUTES)
@pytest.mark.parametrize("role", ROLES)
async def test_any_credential_may_read_what_is_ours(
    client: httpx.AsyncClient, callers: Callers, path: str, role: str
) -> None:
    await create(client)
    for headers in (callers.key(role), {"authorization": callers.user(role)["authorization"]}):
        client.headers.pop("user-email", None)
        assert (await client.get(path, headers=headers)).status_code == 200


async def test_whoever_may_not_write_is_refused_before_the_body_is_read(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    for headers in (callers.key("admin"), callers.user("viewer")):
        answer = await client.post(URL, content=b"{", headers={**headers, "content-type": "application/json"})
        assert answer.status_code == 403
