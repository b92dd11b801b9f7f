"""Logging in, staying logged in without noticing, and logging out; no token is where a script could read it."""

from __future__ import annotations

import json
import re

from playwright.async_api import Page, Request, Route, expect

from libs.auth.principal import ADMIN, VIEWER
from tests.support.console.logins import PASSWORD, email_of
from tests.support.console.tab import Tab

LOGIN, REFRESH = "/api/v1/auth/login", "/api/v1/auth/refresh"
ACCESS, RENEWING = "vai_token", "waymark_refresh"
REFUSED = r"status of 401 .*/api/"


async def log_in(page: Page, role: str, password: str = PASSWORD) -> None:
    """Fill in the form and send it."""
    await page.get_by_label("Email").fill(email_of(role))
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Log in").click()


async def test_the_login_is_accessible_fits_and_refuses_a_wrong_password_in_an_alert(visitor: Tab) -> None:
    visitor.watch.allow(REFUSED)
    await visitor.open("/login")
    await visitor.shows("Log in")
    await log_in(visitor.page, VIEWER, "wrong horse battery")
    await expect(visitor.page.get_by_role("alert")).to_contain_text(re.compile("password", re.I))
    await visitor.is_accessible()


async def test_too_many_attempts_are_counted_down(visitor: Tab) -> None:
    visitor.watch.allow(r"status of 429 .*/login")

    async def refuse(route: Route) -> None:
        problem = {
            "title": "Too Many Requests",
            "status": 429,
            "detail": "too many attempts",
            "code": "too_many_logins",
        }
        headers = {"retry-after": "4", "content-type": "application/problem+json"}
        await route.fulfill(status=429, json=problem, headers=headers)

    await visitor.open("/login")
    await visitor.page.route(f"**{LOGIN}", refuse)
    await log_in(visitor.page, VIEWER)
    await expect(visitor.page.get_by_role("alert")).to_contain_text(re.compile(r"Try again in \d+ s"))
    await expect(visitor.page.get_by_role("button", name="Log in")).to_be_disabled()
    await expect(visitor.page.get_by_role("button", name="Log in")).to_be_enabled(timeout=30_000)


async def test_who_is_in_several_tenants_chooses_one(visitor: Tab) -> None:
    visitor.watch.allow("status of 409 .*/login")
    asked = list[object]()

    async def ask_which(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or "{}")["tenantId"])
        problem = {"title": "Conflict", "code": "several_tenants", "detail": "say which", "tenants": ["acme", "other"]}
        await route.fulfill(status=409, json=problem, headers={"content-type": "application/problem+json"})

    await visitor.open("/login")
    await visitor.page.route(f"**{LOGIN}", ask_which)
    await log_in(visitor.page, VIEWER)
    await visitor.page.get_by_role("radiogroup", name="Tenant").get_by_label("other").check()
    await visitor.is_accessible()
    await visitor.page.get_by_role("button", name="Log in").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()
    assert asked == [None, "other"]


async def test_who_is_logged_in_already_is_led_on(visitor: Tab) -> None:
    await visitor.open("/login")
    await log_in(visitor.page, VIEWER)
    await visitor.shows("Overview")
    await visitor.page.goto(f"{visitor.base_url}/console/login?next=/console/settings")
    await visitor.shows("Settings")


async def test_a_login_leads_to_the_page_that_was_asked_for(visitor: Tab) -> None:
    await visitor.open("/interactions?action=CREATE")
    await visitor.shows("Log in")
    await log_in(visitor.page, VIEWER)
    await visitor.shows("Interactions")
    await expect(visitor.page).to_have_url(re.compile(r"/console/interactions\?action=CREATE$"))


async def test_a_login_leads_nowhere_but_into_the_console(visitor: Tab) -> None:
    await visitor.open("/login?next=//other.example/")
    await log_in(visitor.page, VIEWER)
    await visitor.shows("Overview")
    await expect(visitor.page).to_have_url(f"{visitor.base_url}/console/")


async def test_no_script_can_read_a_token_that_is_renewed_once_and_dies_with_the_login(visitor: Tab) -> None:
    visitor.watch.allow(REFUSED)
    page, renewals = visitor.page, list[Request]()
    await visitor.open("/login")
    await log_in(page, ADMIN)
    await visitor.shows("Overview")
    await visitor.settle()
    await _assert_no_token_is_shown(page)
    page.on("request", lambda request: renewals.append(request) if request.url.endswith(REFRESH) else None)
    await page.context.clear_cookies(name=ACCESS)
    await visitor.open()
    await visitor.shows("Overview")
    assert len(renewals) == 1
    await page.get_by_role("button", name="Account").click()
    await page.get_by_role("menuitem", name="Log out").click()
    await visitor.shows("Log in")
    assert await page.context.cookies() == []
    await page.go_back()
    await visitor.shows("Log in")


async def _assert_no_token_is_shown(page: Page) -> None:
    tokens = {cookie["name"]: cookie["value"] for cookie in await page.context.cookies()}
    assert set(tokens) == {ACCESS, RENEWING}
    readable = [
        page.url,
        await page.content(),
        await page.evaluate("document.cookie"),
        await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])"),
    ]
    assert not [text for text in readable for token in tokens.values() if token in text]


async def test_tabs_of_one_browser_renew_a_login_in_turns(visitor: Tab) -> None:
    visitor.watch.allow(REFUSED)
    await visitor.open("/login")
    await log_in(visitor.page, VIEWER)
    await visitor.shows("Overview")
    context = visitor.page.context
    tabs = [Tab(await context.new_page(), visitor.watch, visitor.base_url) for _ in range(3)]
    await context.clear_cookies(name=ACCESS)
    for tab in tabs:
        await tab.page.goto(f"{tab.base_url}/console/", wait_until="commit")
    for tab in tabs:
        await tab.shows("Overview")
