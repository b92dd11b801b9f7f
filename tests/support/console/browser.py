"""Debian's Chromium, driven by Playwright: named by the environment, found, or installed where the tests may."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

from tests.support.tools import tool

PROGRAM_VARIABLE = "WAYMARK_TEST_CHROMIUM"
_ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage")


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """A headless browser, closed at the end of the block. Raises ToolMissing."""
    program = os.environ.get(PROGRAM_VARIABLE) or tool("chromium", "chromium", "fonts-noto-color-emoji")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()
