"""`/docs` works without internet: the page and all that it loads come from the app's own address."""

from __future__ import annotations

import re

import httpx

from libs.httpkit.app import create_app


async def test_the_page_loads_from_its_own_address_alone() -> None:
    transport = httpx.ASGITransport(create_app("t", routers=()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        page = await client.get("/docs")
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        answers = {path: await client.get(path) for path in loaded if path != "data:,"}
    assert page.headers["content-type"].startswith("text/html")
    assert "://" not in page.text
    assert {path: (answer.status_code, len(answer.content) > 100_000) for path, answer in answers.items()} == {
        "/docs/swagger-ui.css": (200, True),
        "/docs/swagger-ui-bundle.js": (200, True),
        "/docs/start.js": (200, False),
    }
    assert "/openapi.json" in answers["/docs/start.js"].text


async def test_the_page_may_load_and_call_its_own_address_alone() -> None:
    transport = httpx.ASGITransport(create_app("t", routers=()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        page = await client.get("/docs")
    (policy,) = page.headers.get_list("content-security-policy")
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert not re.search(r"<script(?! src=)|<style|style=", page.text)


async def test_nothing_else_is_served_from_there() -> None:
    transport = httpx.ASGITransport(create_app("t", routers=()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/docs/redoc.standalone.js")).is_client_error
        assert (await client.get("/docs/..%2Fcore.py")).is_client_error
