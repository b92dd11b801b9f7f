"""A user of each role, and the cookie that each is logged in by: one login serves many browser contexts."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import httpx
from playwright.async_api import StorageState, StorageStateCookie

from libs.auth.principal import ROLES
from tests.support.waiting import eventually

PASSWORD = "correct horse battery"
_FRESH_S = 600.0
_ACCESS_COOKIE = "vai_token"
# The console asks who is logged in only where it noted a login.
_LOGGED_IN = "waymark-logged-in"


@dataclass(slots=True)
class RoleLogins:
    """Logs the users of an installation in over its API."""

    url: str
    _states: dict[str, tuple[float, StorageState]] = field(default_factory=dict)

    async def register(self, api_key: str) -> None:
        """Make a user of each role, in the tenant of an admin's key."""
        async with httpx.AsyncClient(base_url=self.url, headers={"x-api-key": api_key}) as client:
            for role in ROLES:
                body = {"email": email_of(role), "password": PASSWORD, "name": role.title(), "roles": [role]}
                answer = await client.post("/api/v1/auth/register", json=body)
                assert answer.status_code == 201, answer.text

    async def logged_in(self, role: str) -> StorageState:
        """Return what a new browser context begins with to be logged in."""
        kept = self._states.get(role)
        if kept is None or time.monotonic() - kept[0] > _FRESH_S:
            kept = time.monotonic(), await logged_in(self.url, email_of(role), PASSWORD)
            self._states[role] = kept
        return kept[1]


def email_of(role: str) -> str:
    """Return the e-mail of the user of a role."""
    return f"{role}@console.example"


async def logged_in(url: str, email: str, password: str) -> StorageState:
    """Return what a browser keeps of a login, without the refresh cookie, which is good once: contexts share these."""

    async def token() -> str:
        async with httpx.AsyncClient(base_url=url) as client:
            answer = await client.post("/api/v1/auth/login", json={"email": email, "password": password})
            return answer.cookies.get(_ACCESS_COOKIE) or ""

    cookie = StorageStateCookie(
        name=_ACCESS_COOKIE,
        value=await eventually(token),
        domain=httpx.URL(url).host,
        path="/",
        expires=-1,
        httpOnly=True,
        secure=False,
        sameSite="Lax",
    )
    return StorageState(
        cookies=[cookie],
        origins=[{"origin": url.rstrip("/"), "localStorage": [{"name": _LOGGED_IN, "value": "true"}]}],
    )
