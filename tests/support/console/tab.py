"""A tab of the browser on the console: opened at an address, looked at as a person would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, Page, StorageState, ViewportSize, expect

from tests.support.console.axe import assert_accessible, assert_colours
from tests.support.console.watch import PageWatch
from tests.support.waiting import eventually

DESK = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=360, height=740)
WALL = ViewportSize(width=2560, height=1300)
_QUIET_S = 0.1
_TIMEOUT_MS = 15_000
# Neither UTC nor the machine's: a page that shows the browser's zone unasked is seen.
_ZONE = "America/St_Johns"
_DRAWN = """
async () => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await frame();
  const transitions = document.getAnimations().filter((one) => one instanceof CSSTransition);
  await Promise.allSettled(transitions.map((one) => one.finished));
}
"""
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True, slots=True)
class Tab:
    """One page in a browser context of its own, under a watch."""

    page: Page
    watch: PageWatch
    base_url: str

    async def open(self, path: str = "/") -> None:
        """Open an address below `/console` and return once what it asks for is there and drawn."""
        await self.page.goto(f"{self.base_url}/console{path}")
        await self.page.locator("h1").first.wait_for()
        await self.settle()

    async def settle(self) -> None:
        """Return once no request is under way, what came of the last is drawn, and no transition goes on."""
        await eventually(self._is_quiet, timeout_s=_TIMEOUT_MS / 1000)

    async def _is_quiet(self) -> bool:
        if self.watch.quiet_s() < _QUIET_S:
            return False
        await self.page.evaluate(_DRAWN)
        return self.watch.quiet_s() >= _QUIET_S

    async def shows(self, heading: str) -> None:
        """Assert that this is the page of a heading: its only `h1`, and its title."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(heading, timeout=_TIMEOUT_MS)
        await expect(self.page).to_have_title(f"{heading} · Waymark")

    async def is_accessible(self) -> None:
        """Assert that axe finds nothing in what is shown, a dialog included, in either colour scheme."""
        await self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        await self.page.evaluate(_DRAWN)
        await assert_accessible(self.page)
        await self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        await self.page.evaluate(_DRAWN)
        await assert_colours(self.page)

    async def fits(self, size: ViewportSize) -> None:
        """Assert that the page does not scroll sideways in a window of this size."""
        await self.page.set_viewport_size(size)
        await self.page.evaluate(_DRAWN)
        over = await self.page.evaluate(_OVERFLOW)
        assert over <= 0, f"{self.page.url} is {over} px wider than a window of {size['width']} px"


@asynccontextmanager
async def opened_tab(
    browser: Browser, base_url: str, state: StorageState | None = None, size: ViewportSize = DESK
) -> AsyncIterator[Tab]:
    """A tab in a context of its own, logged in with `state`, closed at the end of the block."""
    context = await browser.new_context(
        storage_state=state, viewport=size, timezone_id=_ZONE, locale="en-GB", reduced_motion="reduce"
    )
    context.set_default_timeout(_TIMEOUT_MS)
    watch = PageWatch(base_url)
    await watch.attach(context)
    try:
        yield Tab(await context.new_page(), watch, base_url)
    finally:
        await context.close()
