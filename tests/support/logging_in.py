"""A person's login over HTTP, as the headers of what that person asks afterwards."""

from __future__ import annotations

from collections.abc import Mapping

import httpx


async def login_headers(client: httpx.AsyncClient, credentials: Mapping[str, str]) -> dict[str, str] | None:
    """The headers of a login with the `email` and `password` among these; None while it is refused."""
    login = {name: credentials[name] for name in ("email", "password")}
    answer = await client.post("/api/v1/auth/login", json=login)
    if not answer.is_success:
        return None
    return {"authorization": f"Bearer {answer.json()['accessToken']}", "user-email": login["email"]}
