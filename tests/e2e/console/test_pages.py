"""Every page by its address: what it is called, that all can use it, at any width, and that nothing goes wrong."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.support.console.pages import ALL_PAGES, NAVIGATION, UNKNOWN_ROUTES, ConsolePage
from tests.support.console.site import ConsoleSite
from tests.support.console.tab import PHONE, WALL, Tab

ALL = [pytest.param(page, id=page.path) for page in ALL_PAGES]


@pytest.mark.parametrize("page", ALL)
async def test_a_page_is_named_accessible_and_fits_every_window(
    admin: Tab, site: ConsoleSite, page: ConsolePage
) -> None:
    page = page.made(site.shown)
    await admin.open(page.path)
    await admin.shows(page.heading)
    for landmark in ("banner", "main"):
        await expect(admin.page.get_by_role(landmark)).to_have_count(1)
    await expect(admin.page.get_by_role("navigation", name="Main")).to_have_count(1)
    await admin.page.keyboard.press("Tab")
    await expect(admin.page.get_by_role("link", name="Skip to content")).to_be_focused()
    await admin.is_accessible()
    for size in (PHONE, WALL):
        await admin.fits(size)


def test_a_page_of_every_path_is_looked_at() -> None:
    assert not UNKNOWN_ROUTES


async def test_the_navigation_links_every_page_of_it(admin: Tab) -> None:
    await admin.open()
    links = admin.page.get_by_role("navigation", name="Main").get_by_role("link")
    assert await links.all_inner_texts() == [page.heading for page in NAVIGATION]
    for link, page in zip(await links.all(), NAVIGATION, strict=True):
        address = await link.get_attribute("href") or ""
        assert address.partition("?")[0].rstrip("/") == f"/console{page.path}".rstrip("/")
