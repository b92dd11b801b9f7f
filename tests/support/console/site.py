"""An installation with the console, a shop's data and a user of each role: made once for all tests of a worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser, ViewportSize

from deploy.console.build import Web
from tests.support.console.data import Shown, fill
from tests.support.console.logins import RoleLogins
from tests.support.console.tab import DESK, Tab, opened_tab
from tests.support.installation import Installation, running_installation

ENVIRONMENT = {
    "WAYMARK_MONITORING_WATERMARK_MS": "500",
    "WAYMARK_MONITORING_EVALUATION_MS": "500",
    # Tests receive webhooks on the machine itself.
    "WAYMARK_OUTBOUND_ALLOW": "127.0.0.0/8",
    "WAYMARK_WEBHOOK_RETRY_FIRST_MS": "500",
}


@dataclass(frozen=True, slots=True)
class ConsoleSite:
    """Where the console is, who may log in, and names from the data."""

    installation: Installation
    browser: Browser
    logins: RoleLogins
    shown: Shown

    @asynccontextmanager
    async def tab(self, role: str | None = None, size: ViewportSize = DESK) -> AsyncIterator[Tab]:
        """A tab in a context of its own, logged in as the user of `role`, or as nobody."""
        state = None if role is None else await self.logins.logged_in(role)
        async with opened_tab(self.browser, self.installation.url, state, size) as tab:
            yield tab


@asynccontextmanager
async def running_site(database_url: str, data_dir: Path, browser: Browser) -> AsyncIterator[ConsoleSite]:
    """A site on an empty database, everything in it readable."""
    Web().build()
    async with running_installation(database_url, data_dir, ENVIRONMENT) as installation:
        logins = RoleLogins(installation.url)
        await logins.register(installation.credentials["apiKey"])
        async with installation.user_client() as client:
            shown = await fill(client, datetime.now(UTC))
        yield ConsoleSite(installation, browser, logins, shown)
