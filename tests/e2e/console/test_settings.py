"""Settings: kept in the browser; another password, after which all logins are over."""

from __future__ import annotations

import re

from playwright.async_api import expect

from libs.auth.principal import VIEWER
from tests.support.console.logins import logged_in
from tests.support.console.site import ConsoleSite
from tests.support.console.tab import Tab, opened_tab

EMAIL, PASSWORD, OTHER = "dora@console.example", "correct horse battery", "battery staple horse"


async def test_settings_hold_at_once_and_when_the_page_comes_again(viewer: Tab) -> None:
    page = viewer.page
    await viewer.open("/settings")
    shown = page.get_by_role("main").get_by_role("time")
    await expect(shown).to_have_text(re.compile(r"\d\d:\d\d:\d\d$"))
    for choice in ("12 h", "Dark", "Compact"):
        await page.get_by_role("main").get_by_text(choice, exact=True).click()
    await page.get_by_role("combobox", name="Time zone").fill("Zurich")
    await page.get_by_role("option", name="Europe/Zurich").click()
    await viewer.open("/settings")
    await expect(shown).to_have_text(re.compile(r"[ap]m$"))
    await expect(page.get_by_role("banner")).to_contain_text("Europe/Zurich")
    root = page.locator("html")
    await expect(root).to_have_attribute("data-mantine-color-scheme", "dark")
    await expect(root).to_have_attribute("data-density", "compact")


async def test_another_password_ends_the_login(site: ConsoleSite) -> None:
    url = site.installation.url
    async with site.installation.user_client() as client:
        body = {"email": EMAIL, "password": PASSWORD, "roles": [VIEWER]}
        assert (await client.post("/api/v1/auth/register", json=body)).status_code == 201
    state = await logged_in(url, EMAIL, PASSWORD)
    async with opened_tab(site.browser, url, state) as tab:
        tab.watch.allow("status of 40[13] .*/api/")
        page = tab.page
        await tab.open("/settings")
        await page.get_by_label("Current password").fill("wrong horse battery")
        await page.get_by_label("New password").fill(OTHER)
        await page.get_by_role("button", name="Change password").click()
        await expect(page.get_by_label("Current password")).to_have_accessible_description(
            "the current password is wrong"
        )
        await page.get_by_label("Current password").fill(PASSWORD)
        await page.get_by_role("button", name="Change password").click()
        await tab.shows("Log in")
        await page.get_by_label("Email").fill(EMAIL)
        await page.get_by_label("Password").fill(OTHER)
        await page.get_by_role("button", name="Log in").click()
        await tab.shows("Settings")
        assert not tab.watch.problems
