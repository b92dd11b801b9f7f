"""What stands around every page: its keys and menus, the range in the address, and what is said when things fail."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Route, expect

from tests.support.console.tab import Tab


async def test_search_opens_by_its_keys_holds_the_focus_and_gives_it_back(admin: Tab) -> None:
    page = admin.page
    await admin.open()
    dialog = page.get_by_role("dialog", name="Search")
    for key in ("/", "Control+k"):
        await page.keyboard.press(key)
        await expect(dialog).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
    await page.get_by_role("button", name="Search").focus()
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_visible()
    await page.keyboard.press("Shift+Tab")
    await expect(dialog.locator(":focus")).to_have_count(1)
    await admin.is_accessible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Search")).to_be_focused()


async def test_the_menus_of_the_header_are_for_keyboards_and_screen_readers(admin: Tab) -> None:
    await admin.open()
    for name in ("Time range", "Time zone", "Colour scheme", "Account"):
        button = admin.page.get_by_role("button", name=name)
        await button.focus()
        await admin.page.keyboard.press("Enter")
        await expect(button).to_have_attribute("aria-expanded", "true")
        await admin.is_accessible()
        await admin.page.keyboard.press("Escape")
        await expect(button).to_be_focused()


async def test_the_scheme_follows_the_system_until_one_is_chosen(admin: Tab) -> None:
    page = admin.page
    await admin.open()
    await page.emulate_media(color_scheme="dark")
    await expect(_document(admin)).to_have_css("color-scheme", "dark")
    await page.emulate_media(color_scheme="light")
    await expect(_document(admin)).to_have_css("color-scheme", "light")
    await page.get_by_role("button", name="Colour scheme").click()
    await page.get_by_role("menuitemradio", name="Dark").click()
    await expect(_document(admin)).to_have_css("color-scheme", "dark")
    await admin.open()
    await expect(_document(admin)).to_have_css("color-scheme", "dark")


async def test_a_range_is_in_the_address_goes_with_links_and_is_undone_by_back(admin: Tab) -> None:
    page = admin.page
    await admin.open()
    await _choose_range(admin, "Last 7 days")
    await expect(page).to_have_url(re.compile(r"/console/\?from=now-7d&to=now$"))
    await _choose_range(admin, "All time")
    await page.go_back()
    await expect(page).to_have_url(re.compile(r"\?from=now-7d&to=now$"))
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Interactions", exact=True).click()
    await admin.shows("Interactions")
    await expect(page).to_have_url(re.compile(r"/interactions\?from=now-7d&to=now$"))


async def test_a_wrong_part_of_the_address_is_dropped_with_a_notice_and_unknown_ones_stay(admin: Tab) -> None:
    await admin.open("/interactions?from=yesterday&page=none&mine=1")
    await expect(admin.page.get_by_text("from=yesterday")).to_be_visible()
    await expect(admin.page.get_by_text("page=none")).to_be_visible()
    await expect(admin.page).to_have_url(re.compile(r"/interactions\?mine=1$"))


async def test_the_zone_is_utc_until_another_is_chosen_and_stands_beside_times(admin: Tab) -> None:
    page = admin.page
    await admin.open("/interactions")
    head = page.get_by_role("columnheader", name="Accepted")
    await expect(head).to_contain_text("UTC")
    await page.get_by_role("button", name="Time zone").click()
    await page.get_by_role("button", name="This browser").click()
    await expect(head).not_to_contain_text("UTC")
    await expect(page.locator("time").first).to_have_attribute("datetime", re.compile(r"Z$"))


async def test_what_failed_is_told_and_tried_again_while_the_rest_lives(admin: Tab) -> None:
    admin.watch.allow(r"503")
    failing = re.compile(r"/api/interactions\?")

    async def fail(route: Route) -> None:
        problem = {"title": "Service Unavailable", "status": 503, "detail": "the read model is being made"}
        headers = {"retry-after": "60", "content-type": "application/problem+json", "x-request-id": "a-request"}
        await route.fulfill(status=503, json=problem, headers=headers)

    await admin.page.route(failing, fail)
    await admin.open("/interactions")
    alert = admin.page.get_by_role("alert").filter(has_text="the read model is being made")
    await expect(alert).to_contain_text("a-request")
    await expect(alert).to_contain_text(re.compile(r"\b5\d s"))
    await admin.page.unroute(failing)
    await alert.get_by_role("button", name="Try again").click()
    await expect(admin.page.get_by_role("table", name="Interactions")).to_be_visible()


async def test_a_browser_without_network_is_told(admin: Tab) -> None:
    await admin.open()
    await admin.page.context.set_offline(True)
    await expect(admin.page.get_by_text("Offline")).to_be_visible()
    await admin.page.context.set_offline(False)
    await expect(admin.page.get_by_text("Offline")).to_be_hidden()


async def _choose_range(tab: Tab, name: str) -> None:
    await tab.page.get_by_role("button", name="Time range").click()
    await tab.page.get_by_role("button", name=name).click()


def _document(tab: Tab) -> Locator:
    return tab.page.locator("html")
